package dev.text2image.schedulers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The checked operands of one sampling step, in float32, and the scratch space that the step works in. */
final class Step implements AutoCloseable {
    private final Scratch scratch;
    private final SamplingState state;
    private final NDArray givenSample;
    private final NDArray sample;
    private final NDArray modelOutput;

    Step(Scheduler scheduler, SamplingState state, NDArray modelOutput, NDArray sample) {
        check(scheduler, state, modelOutput.getShape(), sample.getShape());
        this.state = state;
        this.givenSample = sample;
        this.scratch = new Scratch(sample);
        this.sample = scratch.float32(sample);
        this.modelOutput = scratch.float32(modelOutput);
    }

    private static void check(Scheduler scheduler, SamplingState state, Shape output, Shape sample) {
        if (!state.owner().equals(scheduler.config())) {
            throw new IllegalArgumentException("The sampling state was started by a "
                    + state.owner().className() + " with another configuration; start one with this "
                    + scheduler.config().className() + ".");
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

    NDArray sample() {
        return sample;
    }

    NDArray modelOutput() {
        return modelOutput;
    }

    /** Brings a remembered array in. */
    NDArray recall(NDArray remembered) {
        return scratch.float32(remembered);
    }

    NDArray noise(NoiseSource source) {
        NDArray noise = source.draw(scratch.manager(), sample.getShape());
        if (!noise.getShape().equals(sample.getShape())) {
            throw new IllegalArgumentException("The noise source gave shape " + noise.getShape()
                    + "; it must give that of the sample, " + sample.getShape() + ".");
        }
        return scratch.float32(noise);
    }

    StepResult finish(NDArray prevSample) {
        return new StepResult(scratch.release(prevSample), state.next(History.EMPTY));
    }

    StepResult finish(NDArray prevSample, List<NDArray> outputs, @Nullable NDArray anchor, @Nullable NDArray partial) {
        History history = History.copyOf(givenSample.getManager(), outputs, anchor, partial);
        return new StepResult(scratch.release(prevSample), state.next(history));
    }

    @Override
    public void close() {
        scratch.close();
    }
}
