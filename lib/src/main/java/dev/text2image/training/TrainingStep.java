package dev.text2image.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.models.DiagonalGaussianDistribution;
import dev.text2image.models.UNet2DConditionModel;
import dev.text2image.nn.graph.Checkpointing;
import dev.text2image.nn.graph.ForwardPass;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.Scalars;
import dev.text2image.training.caching.Caches;
import dev.text2image.training.caching.TokenIds;
import dev.text2image.training.objectives.NoisyExample;
import dev.text2image.training.objectives.Objective;
import dev.text2image.training.parallel.Replica;
import java.util.function.DoubleSupplier;

/**
 * The forward and the backward pass of one micro-batch (diffusers, train_text_to_image.py).
 *
 * @param models the models
 * @param caches what need not be encoded again
 * @param objective what the UNet is trained towards
 * @param checkpointing what the UNet computes again instead of storing
 */
record TrainingStep(TrainedModels models, Caches caches, Objective objective, Checkpointing checkpointing) {
    /** The same with the models of another device. */
    TrainingStep with(TrainedModels others) {
        return new TrainingStep(others, caches, objective, checkpointing);
    }

    /**
     * Adds the gradients of a micro-batch to the trained weights.
     *
     * @param scratch owner of everything that is made on the way
     * @param batch the inputs
     * @param gradientScale what the gradients are multiplied by
     * @return gives the loss of this micro-batch, not scaled; once
     */
    DoubleSupplier run(NDManager scratch, TextToImageBatch batch, double gradientScale) {
        NDArray latents = latents(batch);
        int[] timesteps = batch.timesteps();
        float[] numbers = new float[timesteps.length];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = timesteps[i];
        }
        NDArray timestepArray = Scalars.beside(latents, new Shape(numbers.length), numbers); // (b)
        try (Autograd.Scope recording = Autograd.record();
                TextPass text = textPass(scratch, batch)) {
            UNet2DConditionModel unet = models.unet();
            NDArray context = text.hiddenStates();
            NoisyExample example = objective.example(
                    latents, batch.noise(), noisy -> unet.forward(noisy, timestepArray, context), timesteps);
            try (ForwardPass pass = unet.train(
                    scratch, example.noisyLatents(), timestepArray, context, checkpointing, batch.rowSeeds())) {
                NDArray value = objective.loss().of(pass.output(), example.target(), batch.importance(), timesteps);
                pass.backward(value, gradientScale);
                return Replica.later(value, scratch);
            }
        }
    }

    /** Draws from the autoencoder's posterior (b, c, h, w), scaled. */
    private NDArray latents(TextToImageBatch batch) {
        DiagonalGaussianDistribution posterior = caches.latents() == null
                ? models.vae().encode(batch.images())
                : DiagonalGaussianDistribution.of(batch.images());
        return Scalars.mul(
                posterior.sample(batch.posteriorNoise()), models.vaeConfig().scalingFactor());
    }

    private TextPass textPass(NDManager scratch, TextToImageBatch batch) {
        TokenIds text = new TokenIds(batch.text(), batch.textWeights());
        if (caches.text() != null) {
            return new TextPass(text.ids(), () -> {});
        }
        if (models.trainsTextEncoder()) {
            ForwardPass pass = models.textEncoder().train(scratch, text.ids(), batch.textSeeds());
            return new TextPass(text.weigh(pass.output()), pass::close);
        }
        NDArray hiddenStates = models.textEncoder().forward(text.ids());
        return new TextPass(text.weigh(hiddenStates), hiddenStates::close);
    }

    /** The text embeddings, with their history if the text encoder is trained. */
    private record TextPass(NDArray hiddenStates, Runnable end) implements AutoCloseable {
        @Override
        public void close() {
            end.run();
        }
    }
}
