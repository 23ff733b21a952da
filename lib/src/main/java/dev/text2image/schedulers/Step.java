package dev.text2image.schedulers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.List;

/** The checked operands of one sampling step, in float32, and the scratch space that the step works in. */
final class Step implements AutoCloseable {
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

    SamplingState state() {
        return state;
    }

    NoiseLevel level() {
        return state.level();
    }

    NoiseLevel nextLevel() {
        return state.levels().get(state.position() + 1);
    }

    /** The timestep, for samplers that stay on those of training. */
    int timestep() {
        return (int) state.timestep();
    }

    /** The distance of timesteps in an evenly spaced run. */
    int stride() {
        return state.owner().numTrainTimesteps() / state.numInferenceSteps();
    }

    NDArray sample() {
        return sample;
    }

    NDArray modelOutput() {
        return modelOutput;
    }

    /** The clean sample that the model output implies. */
    NDArray clean() {
        return level().cleanSample(state.owner().predictionType(), sample, modelOutput);
    }

    /** The same, clipped if the configuration asks for it. */
    NDArray clippedClean() {
        float range = (float) state.owner().clipSampleRange();
        return state.owner().clipSample() ? clean().clip(-range, range) : clean();
    }

    /** The noise that the model output implies. */
    NDArray epsilon() {
        return level().epsilon(state.owner().predictionType(), sample, modelOutput);
    }

    /** What the call before this one remembered, in the same order; empty at the start of a run. */
    List<NDArray> history() {
        return state.history().arrays().stream().map(scratch::float32).toList();
    }

    /** Says what the next call needs; the arrays are copied. */
    void remember(List<NDArray> arrays) {
        remembered = arrays;
    }

    /** Draws standard normal noise in the sample's shape. */
    NDArray noise() {
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

    @Override
    public void close() {
        scratch.close();
    }
}
