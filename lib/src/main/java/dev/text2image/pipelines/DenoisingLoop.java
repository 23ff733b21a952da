package dev.text2image.pipelines;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.text2image.progress.Progress;
import dev.text2image.schedulers.NoiseSource;
import dev.text2image.schedulers.SamplingState;
import dev.text2image.schedulers.Scheduler;
import dev.text2image.schedulers.StepResult;
import dev.text2image.torch.Autograd;
import java.util.Arrays;

/**
 * From noise to latents: asks the UNet what is noise, and takes some of it away, until the scheduler is done.
 *
 * @param model the UNet
 * @param scheduler the sampler
 * @param guidance how predictions for the prompt and the negative prompt are joined
 */
record DenoisingLoop(NoisePredictor model, Scheduler scheduler, Guidance guidance) {
    /** A UNet with its weights. */
    @FunctionalInterface
    interface NoisePredictor {
        /**
         * Predicts.
         *
         * @param sample noisy latents (b, c, h, w)
         * @param timesteps (b), float32, whole numbers or not
         * @param embeddings text embeddings (b, n, d)
         * @return the prediction (b, c, h, w), attached to the manager of {@code sample}
         */
        NDArray predict(NDArray sample, NDArray timesteps, NDArray embeddings);
    }

    /**
     * Runs the loop. Each step's arrays are freed at its end.
     *
     * @param start the scheduler's first state
     * @param noise standard normal noise (b, c, h, w), only read
     * @param embeddings text embeddings: with guidance (2·b, n, d), the negative ones first, else (b, n, d); only read
     * @param random where the sampler's random numbers come from
     * @param progress counts the steps, and stops the loop
     * @return latents (b, c, h, w), attached to the manager of {@code noise}
     * @throws java.util.concurrent.CancellationException if the thread was interrupted
     */
    NDArray run(SamplingState start, NDArray noise, NDArray embeddings, NoiseSource random, Progress progress) {
        try (Autograd.Scope pause = Autograd.pause()) {
            NDArray latents = noise.mul(start.initNoiseSigma());
            SamplingState state = start;
            try {
                while (!state.isDone()) {
                    StepResult result = step(state, latents, embeddings, random);
                    state.close();
                    latents.close();
                    latents = result.prevSample();
                    state = result.nextState();
                    progress.step();
                }
            } catch (RuntimeException e) {
                latents.close();
                throw e;
            } finally {
                state.close();
            }
            return latents;
        }
    }

    private StepResult step(SamplingState state, NDArray latents, NDArray embeddings, NoiseSource random) {
        try (NDManager scratch = latents.getManager().newSubManager()) {
            NDArray input = scheduler.scaleModelInput(state, latents);
            input.attach(scratch);
            if (guidance.isActive()) {
                input = input.concat(input, 0); // (2·b, c, h, w)
            }
            float[] timesteps = new float[Math.toIntExact(input.size(0))];
            Arrays.fill(timesteps, state.timestep());
            NDArray output = model.predict(input, scratch.create(timesteps), embeddings);
            return scheduler.step(state, guidance.isActive() ? guidance.combine(output) : output, latents, random);
        }
    }
}
