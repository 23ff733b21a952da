package dev.text2image.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.text2image.nn.Checkpointing;
import dev.text2image.nn.ForwardPass;
import dev.text2image.torch.Autograd;

/**
 * The forward and the backward pass of one micro-batch (diffusers, train_text_to_image.py).
 *
 * @param models the models
 * @param loss target and weighting
 * @param checkpointing what the UNet computes again instead of storing
 */
record TrainingStep(TrainedModels models, DiffusionLoss loss, Checkpointing checkpointing) {
    /**
     * Adds the gradients of a micro-batch to the trained weights.
     *
     * @param scratch owner of everything that is made on the way
     * @param batch the inputs
     * @param groupSize number of micro-batches whose gradients are averaged in this optimizer step
     * @return the loss of this micro-batch, not divided by the group size
     */
    float run(NDManager scratch, MicroBatch batch, int groupSize) {
        double scalingFactor = models.vae().config().scalingFactor();
        NDArray latents = models.vae()
                .encode(batch.pixelValues())
                .sample(batch.posteriorNoise())
                .mul(scalingFactor);
        NDArray noisy = loss.schedule().addNoise(latents, batch.noise(), batch.timesteps());
        NDArray target = loss.target(latents, batch.noise(), batch.timesteps());
        int[] timesteps = batch.timesteps();
        NDArray timestepArray = scratch.create(timesteps);
        try (Autograd.Scope recording = Autograd.record();
                TextPass text = TextPass.of(models, scratch, batch.inputIds());
                ForwardPass pass =
                        models.unet().train(scratch, noisy, timestepArray, text.hiddenStates(), checkpointing)) {
            NDArray value = loss.of(pass.output(), target, timesteps);
            pass.backward(value, 1.0 / groupSize);
            return value.getFloat();
        }
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
