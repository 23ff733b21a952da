package dev.text2image.schedulers;

import java.util.List;

/**
 * How far a sampling run has come: its noise levels, the position among them, and what the method remembers.
 *
 * <p>A value: a step leaves its state as it is and returns the next one, so that a step can be repeated and a run resumed from any
 * of its states. A state owns copies of the arrays it remembers, in a sub-manager of the manager of the sample that its step was
 * given. {@link #close} frees them at any time after the state's last use and affects no other state; a state that is not closed is
 * freed together with that manager.
 */
public final class SamplingState implements AutoCloseable {
    private final SchedulerConfig owner;
    private final List<NoiseLevel> levels;
    private final int numInferenceSteps;
    private final float initNoiseSigma;
    private final int first;
    private final int position;
    private final History history;

    /**
     * Starts a run.
     *
     * @param levels one for each call of the model, and the one at which the run ends
     */
    SamplingState(SchedulerConfig owner, List<NoiseLevel> levels, int numInferenceSteps, float initNoiseSigma) {
        this(owner, List.copyOf(levels), numInferenceSteps, initNoiseSigma, 0, 0, History.EMPTY);
    }

    private SamplingState(
            SchedulerConfig owner,
            List<NoiseLevel> levels,
            int numInferenceSteps,
            float initNoiseSigma,
            int first,
            int position,
            History history) {
        this.owner = owner;
        this.levels = levels;
        this.numInferenceSteps = numInferenceSteps;
        this.initNoiseSigma = initNoiseSigma;
        this.first = first;
        this.position = position;
        this.history = history;
    }

    SamplingState next(History nextHistory) {
        return new SamplingState(owner, levels, numInferenceSteps, initNoiseSigma, first, position + 1, nextHistory);
    }

    /**
     * Passes over the first calls of a run, to start from a sample to which {@code level().addNoise} has added noise.
     *
     * @param calls how many calls of the model to pass over, from 0 to the number of {@link #timesteps}; where a step takes several
     *     calls (Heun, Runge-Kutta), whole steps
     * @return the state before the next call, which remembers nothing
     * @throws IllegalArgumentException if there are fewer calls
     */
    public SamplingState startingAt(int calls) {
        if (calls < 0 || calls >= levels.size()) {
            throw new IllegalArgumentException("The run cannot start at call " + calls
                    + " of the model; it must be from 0 to " + (levels.size() - 1) + ".");
        }
        return new SamplingState(owner, levels, numInferenceSteps, initNoiseSigma, calls, calls, History.EMPTY);
    }

    SchedulerConfig owner() {
        return owner;
    }

    List<NoiseLevel> levels() {
        return levels;
    }

    History history() {
        return history;
    }

    /**
     * Returns the timesteps of the whole run, one for each call of the model.
     *
     * @return the timesteps in the order of the run, whole numbers or not; PNDM repeats some
     */
    public List<Float> timesteps() {
        return levels.subList(0, levels.size() - 1).stream()
                .map(NoiseLevel::timestep)
                .toList();
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
     * Returns the standard deviation of the noise that the run starts from.
     *
     * @return the factor for standard normal noise
     */
    public float initNoiseSigma() {
        return initNoiseSigma;
    }

    /**
     * Returns how many calls of the model are done.
     *
     * @return the number, from 0 to the number of timesteps
     */
    public int position() {
        return position;
    }

    /**
     * Returns how many calls of the model this run has made, those not counted that {@link #startingAt} passed over.
     *
     * @return the number, from 0
     */
    public int callsMade() {
        return position - first;
    }

    /**
     * Tells whether the run is complete.
     *
     * @return true if no timestep is left
     */
    public boolean isDone() {
        return position == levels.size() - 1;
    }

    /**
     * Returns how noisy the sample is now.
     *
     * @return the level for the next call of the model; the last one of the run if it is complete
     */
    public NoiseLevel level() {
        return levels.get(position);
    }

    /**
     * Returns the timestep for the next call of the model.
     *
     * @return the timestep, from 0 to the number of timesteps in training - 1, a whole number or not
     * @throws IllegalStateException if the run is complete
     */
    public float timestep() {
        if (isDone()) {
            throw new IllegalStateException(
                    "The sampling run is complete after " + position + " steps; start a new one.");
        }
        return level().timestep();
    }

    /** Frees the arrays that this state remembers; the state cannot be stepped from afterwards. */
    @Override
    public void close() {
        history.close();
    }
}
