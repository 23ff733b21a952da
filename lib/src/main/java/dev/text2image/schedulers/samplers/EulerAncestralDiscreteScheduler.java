package dev.text2image.schedulers.samplers;

import ai.djl.ndarray.NDArray;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.Step;
import dev.text2image.torch.Scalars;

/**
 * Euler's method with ancestral noise ({@code k_euler_ancestral}, upstream's scheduling_euler_ancestral_discrete.py): each step goes
 * below the next sigma and adds noise up to it. It draws noise at every step but the last.
 */
public final class EulerAncestralDiscreteScheduler extends SigmaScheduler {
    /** The hub's name of this class. */
    public static final String CLASS_NAME = "EulerAncestralDiscreteScheduler";

    private EulerAncestralDiscreteScheduler(SchedulerConfig config) {
        super(CLASS_NAME, config);
    }

    /**
     * Builds the scheduler.
     *
     * @param config a configuration of whatever class
     * @return the scheduler
     * @throws IllegalArgumentException if the beta schedule is one that the hub's class does not have
     */
    public static EulerAncestralDiscreteScheduler from(SchedulerConfig config) {
        return new EulerAncestralDiscreteScheduler(config);
    }

    @Override
    protected NDArray advance(Step step) {
        double sigma = step.level().noise();
        double next = step.nextLevel().noise();
        double down = next * next / sigma;
        NDArray mean = step.sample().add(Scalars.mul(step.epsilon(), (float) (down - sigma)));
        return next == 0 ? mean : mean.add(Scalars.mul(step.noise(), (float) Math.sqrt(next * next - down * down)));
    }
}
