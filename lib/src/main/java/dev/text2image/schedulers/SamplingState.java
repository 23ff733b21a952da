package dev.text2image.schedulers;

import java.util.List;

/**
 * How far a sampling run has come: its timesteps, the position among them, and what a multistep method remembers.
 *
 * <p>A value: a step leaves its state as it is and returns the next one, so that a step can be repeated. A state owns copies of the
 * arrays it remembers, in a sub-manager of the manager of the sample that its step was given. {@link #close} frees them at any
 * time after the state's last use and affects no other state; a state that is not closed is freed together with that manager.
 */
public final class SamplingState implements AutoCloseable {
    private final SchedulerConfig owner;
    private final List<Integer> timesteps;
    private final int numInferenceSteps;
    private final int position;
    private final History history;

    SamplingState(SchedulerConfig owner, List<Integer> timesteps, int numInferenceSteps) {
        this(owner, List.copyOf(timesteps), numInferenceSteps, 0, History.EMPTY);
    }

    private SamplingState(
            SchedulerConfig owner, List<Integer> timesteps, int numInferenceSteps, int position, History history) {
        this.owner = owner;
        this.timesteps = timesteps;
        this.numInferenceSteps = numInferenceSteps;
        this.position = position;
        this.history = history;
    }

    SamplingState next(History nextHistory) {
        return new SamplingState(owner, timesteps, numInferenceSteps, position + 1, nextHistory);
    }

    SchedulerConfig owner() {
        return owner;
    }

    History history() {
        return history;
    }

    /**
     * Returns the timesteps of the whole run, one for each call of the model.
     *
     * @return the timesteps in the order of the run; PNDM repeats some
     */
    public List<Integer> timesteps() {
        return timesteps;
    }

    /**
     * Returns the number of steps that the run was started with.
     *
     * @return the number; PNDM calls the model more often than that
     */
    public int numInferenceSteps() {
        return numInferenceSteps;
    }

    /**
     * Returns how many steps are done.
     *
     * @return the number of steps, from 0 to the number of timesteps
     */
    public int position() {
        return position;
    }

    /**
     * Tells whether the run is complete.
     *
     * @return true if no timestep is left
     */
    public boolean isDone() {
        return position == timesteps.size();
    }

    /**
     * Returns the timestep for the next call of the model.
     *
     * @return the timestep, from 0 to the number of timesteps in training - 1
     * @throws IllegalStateException if the run is complete
     */
    public int timestep() {
        if (isDone()) {
            throw new IllegalStateException(
                    "The sampling run is complete after " + position + " steps; start a new one.");
        }
        return timesteps.get(position);
    }

    /** Frees the arrays that this state remembers; the state cannot be stepped from afterwards. */
    @Override
    public void close() {
        history.close();
    }
}
