package dev.text2image.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.text2image.models.UNet2DConditionModel;
import dev.text2image.nn.ForwardPass;
import dev.text2image.torch.Autograd;

/**
 * The forward and the backward pass of one micro-batch (diffusers, train_text_to_image.py).
 *
 * @param models the models
 * @param objective what the UNet is trained towards
 * @param checkpointing whether the UNet recomputes instead of storing
 */
record TrainingStep(TrainedModels models, Objective objective, boolean checkpointing) {
    /**
     * Adds the gradients of a micro-batch to the trained weights.
     *
     * @param scratch owner of everything that is made on the way
     * @param batch the inputs
     * @param divisor number of micro-batches by which the gradients of this optimizer step are divided
     * @return the loss of this micro-batch, not divided
     */
    float run(NDManager scratch, MicroBatch batch, int divisor) {
        NDArray latents = latents(batch);
        int[] timesteps = batch.timesteps();
        NDArray timestepArray = scratch.create(timesteps);
        try (Autograd.Scope recording = Autograd.record();
                TextPass text = TextPass.of(models, scratch, batch.inputIds())) {
            UNet2DConditionModel unet = models.unet();
            NDArray context = text.hiddenStates();
            NoisyExample example = objective.example(
                    latents, batch.noise(), noisy -> unet.forward(noisy, timestepArray, context), timesteps);
            try (ForwardPass pass =
                    unet.train(scratch, example.noisyLatents(), timestepArray, context, checkpointing)) {
                NDArray value = objective.loss().of(pass.output(), example.target(), timesteps);
                pass.backward(value, 1.0 / divisor);
                return value.getFloat();
            }
        }
    }

    /** Draws from the autoencoder's posterior (b, c, h, w), scaled. */
    private NDArray latents(MicroBatch batch) {
        return models.vae()
                .encode(batch.pixelValues())
                .sample(batch.posteriorNoise())
                .mul(models.vae().config().scalingFactor());
    }

    /** The text embeddings, with their history if the text encoder is trained. */
    private record TextPass(NDArray hiddenStates, AutoCloseable pass) implements AutoCloseable {
        static TextPass of(TrainedModels models, NDManager scratch, NDArray inputIds) {
            if (models.trainsTextEncoder()) {
                ForwardPass pass = models.textEncoder().train(scratch, inputIds);
                return new TextPass(pass.output(), pass);
            }
            NDArray hiddenStates = models.textEncoder().forward(inputIds);
            return new TextPass(hiddenStates, hiddenStates);
        }

        @Override
        public void close() {
            try {
                pass.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
