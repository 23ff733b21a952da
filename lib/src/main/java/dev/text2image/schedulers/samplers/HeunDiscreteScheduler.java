package dev.text2image.schedulers.samplers;

import ai.djl.ndarray.NDArray;
import dev.text2image.schedulers.NoiseLevel;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.Step;
import dev.text2image.torch.Scalars;
import java.util.ArrayList;
import java.util.List;

/**
 * Heun's method along sigmas (EDM, arXiv 2206.00364, algorithm 1): Euler's step, then the same step along the mean of the slopes at
 * its two ends. It draws no noise. A run of n steps calls the model 2n - 1 times, as the last step stays Euler's.
 *
 * <p>Of its own it reads the hub's options {@code use_karras_sigmas}, {@code use_exponential_sigmas}, {@code use_beta_sigmas},
 * {@code sigma_min} and {@code sigma_max}.
 */
public final class HeunDiscreteScheduler extends SigmaScheduler {
    /** The hub's name of this class. */
    public static final String CLASS_NAME = "HeunDiscreteScheduler";

    private final CleanLimit limit;

    private HeunDiscreteScheduler(SchedulerConfig config) {
        super(CLASS_NAME, config, SigmaSpacing.OPTIONS);
        this.limit = CleanLimit.ofClipping(config);
    }

    /**
     * Builds the scheduler.
     *
     * @param config a configuration of whatever class
     * @return the scheduler
     * @throws IllegalArgumentException if the beta schedule or a zero terminal SNR is one that the hub's class does not have
     */
    public static HeunDiscreteScheduler from(SchedulerConfig config) {
        Schedulers.checkTerminalSnr(config, CLASS_NAME);
        return new HeunDiscreteScheduler(config);
    }

    @Override
    public int order() {
        return 2;
    }

    @Override
    List<NoiseLevel> calls(List<NoiseLevel> levels) {
        int steps = levels.size() - 1;
        List<NoiseLevel> calls = new ArrayList<>();
        calls.add(levels.get(0));
        for (NoiseLevel level : levels.subList(1, steps)) {
            calls.add(level);
            calls.add(level);
        }
        calls.add(levels.get(steps));
        return calls;
    }

    @Override
    protected NDArray advance(Step step) {
        NDArray slope = limit.active() ? step.epsilonBeside(limit.apply(step.clean())) : step.epsilon();
        List<NDArray> history = step.history();
        if (history.isEmpty()) {
            if (step.callsLeft() > 1) {
                step.remember(List.of(step.sample(), slope));
            }
            return step.sample()
                    .add(Scalars.mul(
                            slope, step.nextLevel().noise() - step.level().noise()));
        }
        float half = (step.level().noise() - step.level(-1).noise()) / 2;
        return history.get(0).add(Scalars.mul(history.get(1).add(slope), half));
    }
}
