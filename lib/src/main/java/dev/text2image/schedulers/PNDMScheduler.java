package dev.text2image.schedulers;

import static dev.text2image.schedulers.NoiseSchedule.sqrt;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;

/**
 * Pseudo numerical methods for diffusion models (arXiv 2202.09778): a linear multistep method of up to fourth order, started by
 * twelve Runge-Kutta calls or, with {@code skip_prk_steps}, by one repeated timestep. It draws no noise.
 *
 * <p>A run of n steps calls the model n + 1 times with {@code skip_prk_steps} (once if n is 1), and n + 9 times without.
 */
public final class PNDMScheduler implements Scheduler {
    /** The hub's name of this class. */
    public static final String CLASS_NAME = "PNDMScheduler";

    private static final int RUNGE_KUTTA_CALLS = 12;
    private static final int MIN_RUNGE_KUTTA_STEPS = 4;

    private final SchedulerConfig config;
    private final NoiseSchedule noiseSchedule;
    private final float finalAlpha;

    private PNDMScheduler(SchedulerConfig config) {
        this.config = config;
        this.noiseSchedule = NoiseSchedule.from(config);
        this.finalAlpha = Boolean.TRUE.equals(config.setAlphaToOne()) ? 1 : noiseSchedule.alphaCumprod(0);
    }

    /**
     * Builds the scheduler.
     *
     * @param config a configuration of whatever class
     * @return the scheduler
     * @throws IllegalArgumentException if the model predicts the sample, the terminal SNR is zero, or the beta schedule is one that
     *     the hub's class does not have: the method is not defined there
     */
    public static PNDMScheduler from(SchedulerConfig config) {
        Schedulers.checkBetaSchedule(config, CLASS_NAME);
        if (config.predictionType() == PredictionType.SAMPLE) {
            throw new IllegalArgumentException(
                    "PNDMScheduler: prediction_type is \"sample\"; use epsilon or v_prediction, or another scheduler.");
        }
        if (config.rescaleBetasZeroSnr()) {
            throw new IllegalArgumentException(
                    "PNDMScheduler: rescale_betas_zero_snr is true, but the method divides by the"
                            + " signal that is left; use DDIMScheduler with trailing timestep_spacing.");
        }
        return new PNDMScheduler(config.toBuilder().className(CLASS_NAME).build());
    }

    @Override
    public SchedulerConfig config() {
        return config;
    }

    @Override
    public NoiseSchedule noiseSchedule() {
        return noiseSchedule;
    }

    @Override
    public SamplingState start(int numInferenceSteps) {
        List<Integer> spread = Timesteps.spread(config, numInferenceSteps);
        List<Integer> timesteps = config.skipPrkSteps() ? repeatSecond(spread) : withRungeKutta(spread);
        return new SamplingState(config, timesteps, numInferenceSteps);
    }

    private static List<Integer> repeatSecond(List<Integer> spread) {
        List<Integer> timesteps = new ArrayList<>(spread);
        if (spread.size() > 1) {
            timesteps.add(1, spread.get(1));
        }
        return timesteps;
    }

    /** Three groups of four calls: at the start, twice in the middle and at the end of each of the first three strides. */
    private List<Integer> withRungeKutta(List<Integer> spread) {
        int count = spread.size();
        if (count < MIN_RUNGE_KUTTA_STEPS) {
            throw new IllegalArgumentException(
                    "PNDMScheduler: num_inference_steps is " + count + "; with its Runge-Kutta steps"
                            + " it must be at least " + MIN_RUNGE_KUTTA_STEPS + ", or set skip_prk_steps to true.");
        }
        int halfStride = config.numTrainTimesteps() / count / 2;
        List<Integer> timesteps = new ArrayList<>();
        for (int i = 0; i < MIN_RUNGE_KUTTA_STEPS - 1; i++) {
            int middle = spread.get(i + 1) + halfStride;
            timesteps.addAll(List.of(spread.get(i), middle, middle, spread.get(i + 1)));
        }
        timesteps.addAll(spread.subList(MIN_RUNGE_KUTTA_STEPS - 1, count));
        return timesteps;
    }

    @Override
    public StepResult step(SamplingState state, NDArray modelOutput, NDArray sample, NoiseSource noise) {
        try (Step step = new Step(this, state, modelOutput, sample)) {
            boolean rungeKutta = !config.skipPrkSteps() && state.position() < RUNGE_KUTTA_CALLS;
            return rungeKutta ? rungeKutta(step, state) : multistep(step, state);
        }
    }

    /** One of the four calls of a Runge-Kutta step (formula 13), all of which start from the sample of the first. */
    private StepResult rungeKutta(Step step, SamplingState state) {
        int position = state.position();
        int call = position % 4;
        int halfStride = stride(state) / 2;
        int from = state.timesteps().get(position - call);
        int to = state.timestep() - (position % 2 == 0 ? halfStride : 0);
        History history = state.history();
        NDArray output = step.modelOutput();
        NDArray anchor = history.anchor() == null ? step.sample() : step.recall(history.anchor());
        NDArray weighted = output.mul(call == 0 || call == 3 ? 1f / 6 : 1f / 3);
        NDArray sum = history.partial() == null
                ? weighted
                : step.recall(history.partial()).add(weighted);
        if (call == 3) {
            return step.finish(transfer(anchor, sum, from, to), history.outputs(), null, null);
        }
        List<NDArray> outputs = new ArrayList<>(history.outputs());
        if (call == 0) {
            outputs.add(output);
        }
        return step.finish(transfer(anchor, output, from, to), outputs, anchor, sum);
    }

    /** A step of the linear multistep method (formula 12); the second call corrects the first by averaging the two outputs. */
    private StepResult multistep(Step step, SamplingState state) {
        int timestep = state.timestep();
        History history = state.history();
        List<NDArray> outputs = new ArrayList<>();
        history.outputs().forEach(output -> outputs.add(step.recall(output)));
        NDArray anchor = history.anchor();
        if (state.position() == 1 && anchor != null) {
            NDArray mean = step.modelOutput().add(outputs.get(0)).div(2);
            NDArray prevSample = transfer(step.recall(anchor), mean, timestep + stride(state), timestep);
            return step.finish(prevSample, outputs, null, null);
        }
        outputs.add(step.modelOutput());
        NDArray prevSample = transfer(step.sample(), extrapolate(outputs), timestep, timestep - stride(state));
        List<NDArray> kept = outputs.subList(Math.max(0, outputs.size() - 3), outputs.size());
        return step.finish(prevSample, kept, state.position() == 0 ? step.sample() : null, null);
    }

    /** The Adams-Bashforth formula for as many outputs as there are, the newest last. */
    private static NDArray extrapolate(List<NDArray> outputs) {
        int count = outputs.size();
        NDArray newest = outputs.get(count - 1);
        return switch (count) {
            case 1 -> newest;
            case 2 -> newest.mul(3).sub(outputs.get(0)).div(2);
            case 3 ->
                newest.mul(23)
                        .sub(outputs.get(1).mul(16))
                        .add(outputs.get(0).mul(5))
                        .div(12);
            default ->
                newest.mul(55)
                        .sub(outputs.get(2).mul(59))
                        .add(outputs.get(1).mul(37))
                        .sub(outputs.get(0).mul(9))
                        .mul(1f / 24);
        };
    }

    /** Moves a sample from one timestep to another along a constant model output (formula 9). */
    private NDArray transfer(NDArray sample, NDArray output, int from, int to) {
        float alpha = noiseSchedule.alphaCumprod(from);
        float alphaTo = to < 0 ? finalAlpha : noiseSchedule.alphaCumprod(to);
        float beta = 1 - alpha;
        NDArray epsilon = Prediction.epsilon(config.predictionType(), sample, output, alpha);
        float divisor = alpha * sqrt(1 - alphaTo) + sqrt(alpha * beta * alphaTo);
        return sample.mul(sqrt(alphaTo / alpha))
                .sub(epsilon.mul(alphaTo - alpha).div(divisor));
    }

    private int stride(SamplingState state) {
        return config.numTrainTimesteps() / state.numInferenceSteps();
    }
}
