/**
 * Diffusion schedules and samplers: how noise is added in training, and how it is taken away again in sampling.
 *
 * <p>{@link SchedulerConfig} reads and writes the hub's {@code scheduler_config.json}. {@link NoiseSchedule} holds the constants
 * that follow from it and adds noise to a batch; training needs nothing else. A {@link Scheduler} walks from noise to an image:
 * {@link Scheduler#start} gives a {@link SamplingState}, and each {@link Scheduler#step} turns a state and a sample into the next
 * ones. Schedulers are immutable and may be shared between threads; a run lives in its state, and randomness comes from a
 * {@link NoiseSource} that the caller passes in. The classes of the hub, and the registry that picks the one that a file names, are
 * in {@code schedulers.samplers}.
 *
 * <p>A run is a list of {@link NoiseLevel}s, one for each call of the model: along the timesteps of training or along sigmas between
 * them, with timesteps that may be fractional and samples that may be scaled for the model.
 *
 * <pre>{@code
 * SamplingState state = scheduler.start(50);
 * NDArray sample = RandomTensors.normal(manager, shape).mul(state.initNoiseSigma());
 * while (!state.isDone()) {
 *     try (SamplingState current = state;
 *             NDArray latents = sample;
 *             NDArray input = scheduler.scaleModelInput(current, latents);
 *             NDArray output = predictNoise(input, current.timestep())) {
 *         StepResult result = scheduler.step(current, output, latents, NoiseSource.engine());
 *         sample = result.prevSample();
 *         state = result.nextState();
 *     }
 * }
 * state.close();
 * }</pre>
 */
@NullMarked
package dev.text2image.schedulers;

import org.jspecify.annotations.NullMarked;
