package dev.text2image.pipelines;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.progress.Progress;
import dev.text2image.schedulers.NoiseSource;
import dev.text2image.schedulers.SamplingState;
import dev.text2image.schedulers.Scheduler;
import dev.text2image.schedulers.StepResult;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.Scalars;
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
     * @param sample latents at that state's level of noise (b, c, h, w), only read
     * @param embeddings text embeddings: with guidance (2·b, n, d), the negative ones first, else (b, n, d); only read
     * @param random where the sampler's random numbers come from
     * @param callback sees each step, and may change what comes after it
     * @param progress counts the steps, and stops the loop
     * @return latents (b, c, h, w), attached to the manager of {@code sample}
     * @throws java.util.concurrent.CancellationException if the thread was interrupted
     */
    NDArray run(
            SamplingState start,
            NDArray sample,
            NDArray embeddings,
            NoiseSource random,
            StepCallback callback,
            Progress progress) {
        try (Autograd.Scope pause = Autograd.pause()) {
            int count = start.timesteps().size() - start.position();
            DenoisingStep run = new DenoisingStep(-1, count, Float.NaN, sample.duplicate(), embeddings, model, false);
            SamplingState state = start;
            try {
                while (!state.isDone() && !run.stopped()) {
                    StepResult result = step(state, run, random);
                    run.latents().close();
                    run = run.next(state.timestep(), result.prevSample());
                    state.close();
                    state = result.nextState();
                    progress.step();
                    run = run.changedBy(callback);
                }
            } catch (RuntimeException e) {
                run.latents().close();
                throw e;
            } finally {
                state.close();
            }
            return run.latents();
        }
    }

    private StepResult step(SamplingState state, DenoisingStep run, NoiseSource random) {
        NDArray latents = run.latents();
        try (NDManager scratch = latents.getManager().newSubManager()) {
            NDArray input = scheduler.scaleModelInput(state, latents);
            input.attach(scratch);
            if (guidance.isActive()) {
                input = input.concat(input, 0); // (2·b, c, h, w)
            }
            float[] timesteps = new float[Math.toIntExact(input.size(0))];
            Arrays.fill(timesteps, state.timestep());
            NDArray times = Scalars.beside(input, new Shape(timesteps.length), timesteps);
            NDArray output = run.model().predict(input, times, run.embeddings());
            return scheduler.step(state, guidance.isActive() ? guidance.combine(output) : output, latents, random);
        }
    }
}
