package dev.text2image.pipelines;

import ai.djl.ndarray.NDArray;

/** A run after one of its steps, as a {@link StepCallback} sees and changes it. A value: the methods return changed copies. */
public final class DenoisingStep {
    private final int index;
    private final int count;
    private final float timestep;
    private final NDArray latents;
    private final NDArray embeddings;
    private final DenoisingLoop.NoisePredictor model;
    private final boolean stopped;

    DenoisingStep(
            int index,
            int count,
            float timestep,
            NDArray latents,
            NDArray embeddings,
            DenoisingLoop.NoisePredictor model,
            boolean stopped) {
        this.index = index;
        this.count = count;
        this.timestep = timestep;
        this.latents = latents;
        this.embeddings = embeddings;
        this.model = model;
        this.stopped = stopped;
    }

    /**
     * Returns which step it was.
     *
     * @return the number of calls of the UNet before this one, from 0
     */
    public int index() {
        return index;
    }

    /**
     * Returns how many steps the run has.
     *
     * @return the number of calls of the UNet
     */
    public int count() {
        return count;
    }

    /**
     * Returns how far the run has come.
     *
     * @return the share of the steps that are done, above 0 and up to 1
     */
    public double share() {
        return (index + 1.0) / count;
    }

    /**
     * Returns the timestep that the UNet was told.
     *
     * @return the timestep, whole or not
     */
    public float timestep() {
        return timestep;
    }

    /**
     * Returns what the step has made.
     *
     * @return the latents (b, c, h, w), scaled as the UNet sees them; only to be read
     */
    public NDArray latents() {
        return latents;
    }

    /** The run after the next step. */
    DenoisingStep next(float timestepOfIt, NDArray result) {
        return new DenoisingStep(index + 1, count, timestepOfIt, result, embeddings, model, stopped);
    }

    /** The run as a callback wants it, which owns its latents. */
    DenoisingStep changedBy(StepCallback callback) {
        DenoisingStep changed = callback.afterStep(this);
        if (changed.latents == latents) {
            return changed;
        }
        NDArray copy = changed.latents.duplicate();
        copy.attach(latents.getManager());
        latents.close();
        return new DenoisingStep(index, count, timestep, copy, changed.embeddings, changed.model, changed.stopped);
    }

    NDArray embeddings() {
        return embeddings;
    }

    DenoisingLoop.NoisePredictor model() {
        return model;
    }

    boolean stopped() {
        return stopped;
    }

    /**
     * Goes on from other latents.
     *
     * @param other latents of the same shape on the same device, which are copied
     * @return the changed run
     * @throws IllegalArgumentException if the shape is another
     */
    public DenoisingStep withLatents(NDArray other) {
        if (!other.getShape().equals(latents.getShape())) {
            throw new IllegalArgumentException(
                    "The latents have shape " + other.getShape() + "; it must stay " + latents.getShape() + ".");
        }
        return new DenoisingStep(index, count, timestep, other, embeddings, model, stopped);
    }

    /**
     * Goes on with other prompts; the negative ones stay.
     *
     * @param promptEmbeds embeddings of {@link StableDiffusionPipeline#encodePrompts}, (b, n, d) for the images or (1, n, d) for all of
     *     them, on the UNet's device; they must stay open until the run ends
     * @return the changed run
     * @throws IllegalArgumentException if there are neither one nor as many as images, or the lengths are others
     */
    public DenoisingStep withPromptEmbeds(NDArray promptEmbeds) {
        long images = latents.size(0);
        boolean guided = embeddings.size(0) > images;
        NDArray each = promptEmbeds.size(0) == 1 ? promptEmbeds.repeat(0, images) : promptEmbeds;
        if (!each.getShape().slice(1).equals(embeddings.getShape().slice(1)) || each.size(0) != images) {
            throw new IllegalArgumentException("The prompt embeddings have shape " + promptEmbeds.getShape() + "; for "
                    + images + " images it must be that of the run's, "
                    + embeddings.getShape().slice(1)
                    + " for one or for each image.");
        }
        NDArray all = guided ? embeddings.get("0:" + images).concat(each, 0) : each; // (2·b, n, d) or (b, n, d)
        return new DenoisingStep(index, count, timestep, latents, all, model, stopped);
    }

    /**
     * Goes on with the UNet's weights of a view of the pipeline, for example with a LoRA file or without.
     *
     * @param view a view of the pipeline that draws
     * @return the changed run
     */
    public DenoisingStep withUnetOf(StableDiffusionPipeline view) {
        return new DenoisingStep(index, count, timestep, latents, embeddings, view.predictor(), stopped);
    }

    /**
     * Ends the run here; its latents are decoded as they are.
     *
     * @return the changed run
     */
    public DenoisingStep stop() {
        return new DenoisingStep(index, count, timestep, latents, embeddings, model, true);
    }
}
