package dev.text2image.schedulers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.List;

/**
 * The checked operands of one call's step, in float32, for {@link Scheduler#advance}. All arrays that it hands out, and whatever is
 * computed from them, live in the step's scratch space.
 */
public final class Step implements AutoCloseable {
    private final Scratch scratch;
    private final SamplingState state;
    private final NDArray givenSample;
    private final NDArray sample;
    private final NDArray modelOutput;
    private final NoiseSource source;
    private List<NDArray> remembered = List.of();

    Step(SchedulerConfig config, SamplingState state, NDArray modelOutput, NDArray sample, NoiseSource source) {
        check(config, state, modelOutput.getShape(), sample.getShape());
        this.state = state;
        this.source = source;
        this.givenSample = sample;
        this.scratch = new Scratch(sample);
        this.sample = scratch.float32(sample);
        this.modelOutput = scratch.float32(modelOutput);
    }

    private static void check(SchedulerConfig config, SamplingState state, Shape output, Shape sample) {
        if (!state.owner().equals(config)) {
            throw new IllegalArgumentException(
                    "The sampling state was started by a " + state.owner().className()
                            + " with another configuration; start one with this " + config.className() + ".");
        }
        if (state.isDone()) {
            throw new IllegalStateException(
                    "The sampling run is complete after " + state.position() + " steps; start a new one.");
        }
        if (!state.history().isOpen()) {
            throw new IllegalStateException("The sampling state was closed; step before closing it.");
        }
        if (!output.equals(sample)) {
            throw new IllegalArgumentException(
                    "The model output has shape " + output + "; it must have that of the sample, " + sample + ".");
        }
    }

    /**
     * Returns the state before the step.
     *
     * @return the state
     */
    public SamplingState state() {
        return state;
    }

    /**
     * Returns a level of the run.
     *
     * @param offset calls from here: 0 for the level of the sample, 1 for where the step leads, negative for earlier calls
     * @return the level
     */
    public NoiseLevel level(int offset) {
        return state.levels().get(state.position() + offset);
    }

    /**
     * Returns how noisy the sample is.
     *
     * @return the level of the sample
     */
    public NoiseLevel level() {
        return level(0);
    }

    /**
     * Returns where the step leads.
     *
     * @return the next level
     */
    public NoiseLevel nextLevel() {
        return level(1);
    }

    /**
     * Returns how many calls of the model the run still takes, this one included.
     *
     * @return the number, at least 1
     */
    public int callsLeft() {
        return state.levels().size() - 1 - state.position();
    }

    /**
     * Returns the timestep, for samplers that stay on those of training.
     *
     * @return the timestep as a whole number
     */
    public int timestep() {
        return (int) state.timestep();
    }

    /**
     * Returns the distance of timesteps in an evenly spaced run.
     *
     * @return the stride
     */
    public int stride() {
        return state.owner().numTrainTimesteps() / state.numInferenceSteps();
    }

    /**
     * Returns the sample.
     *
     * @return the sample, as it was given
     */
    public NDArray sample() {
        return sample;
    }

    /**
     * Returns what the model predicted.
     *
     * @return the model output
     */
    public NDArray modelOutput() {
        return modelOutput;
    }

    /**
     * Computes the clean sample that the model output implies.
     *
     * @return the clean sample; the model output itself if that is what the model predicts
     */
    public NDArray clean() {
        return level().cleanSample(state.owner().predictionType(), sample, modelOutput);
    }

    /**
     * Computes the noise that the model output implies.
     *
     * @return the noise; the model output itself if that is what the model predicts
     */
    public NDArray epsilon() {
        return level().epsilon(state.owner().predictionType(), sample, modelOutput);
    }

    /**
     * Computes the noise that is in the sample besides a clean sample.
     *
     * @param clean the clean sample
     * @return the noise
     */
    public NDArray epsilonBeside(NDArray clean) {
        return level().epsilon(PredictionType.SAMPLE, sample, clean);
    }

    /**
     * Returns what the call before this one remembered.
     *
     * @return the arrays in the same order; empty at the start of a run
     */
    public List<NDArray> history() {
        return state.history().arrays().stream().map(scratch::float32).toList();
    }

    /**
     * Says what the next call needs.
     *
     * @param arrays arrays of this step, none of them its result
     */
    public void remember(List<NDArray> arrays) {
        remembered = arrays;
    }

    /**
     * Draws standard normal noise.
     *
     * @return noise in the sample's shape
     */
    public NDArray noise() {
        NDArray noise = source.draw(scratch.manager(), sample.getShape());
        if (!noise.getShape().equals(sample.getShape())) {
            throw new IllegalArgumentException("The noise source gave shape " + noise.getShape()
                    + "; it must give that of the sample, " + sample.getShape() + ".");
        }
        return scratch.float32(noise);
    }

    StepResult finish(NDArray prevSample) {
        History history = History.copyOf(givenSample.getManager(), remembered);
        return new StepResult(scratch.release(prevSample), state.next(history));
    }

    /** Frees the scratch space. */
    @Override
    public void close() {
        scratch.close();
    }
}
