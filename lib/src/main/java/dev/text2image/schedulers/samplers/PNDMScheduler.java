package dev.text2image.schedulers.samplers;

import static dev.text2image.schedulers.NoiseSchedule.sqrt;

import ai.djl.ndarray.NDArray;
import dev.text2image.schedulers.NoiseLevel;
import dev.text2image.schedulers.PredictionType;
import dev.text2image.schedulers.SamplingState;
import dev.text2image.schedulers.Scheduler;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.Step;
import dev.text2image.schedulers.TimestepSpacing;
import dev.text2image.torch.Scalars;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Pseudo numerical methods for diffusion models (arXiv 2202.09778): a linear multistep method of up to fourth order, started by
 * twelve Runge-Kutta calls or, with {@code skip_prk_steps}, by one repeated timestep. It draws no noise.
 *
 * <p>A run that starts in the middle takes its second call for the repeated one too, as the hub's class does, although the timestep
 * there is another: it ends one step noisier than it should.
 *
 * <p>A run of n steps calls the model n + 1 times with {@code skip_prk_steps} (once if n is 1), and n + 9 times without.
 */
public final class PNDMScheduler extends Scheduler {
    /** The hub's name of this class. */
    public static final String CLASS_NAME = "PNDMScheduler";

    private static final int RUNGE_KUTTA_CALLS = 12;
    private static final int MIN_RUNGE_KUTTA_STEPS = 4;

    private final float finalAlpha;

    private PNDMScheduler(SchedulerConfig config) {
        super(CLASS_NAME, config, TimestepSpacing.LEADING);
        this.finalAlpha = finalAlpha(false);
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
        return new PNDMScheduler(config);
    }

    @Override
    public SamplingState start(int numInferenceSteps) {
        int[] spread = Timesteps.whole(config(), numInferenceSteps, timestepSpacing());
        int[] timesteps = config().skipPrkSteps() ? repeatSecond(spread) : withRungeKutta(spread);
        return startAt(timesteps, numInferenceSteps, finalAlpha);
    }

    private static int[] repeatSecond(int[] spread) {
        return spread.length == 1
                ? spread
                : IntStream.concat(Arrays.stream(spread, 0, 2), Arrays.stream(spread, 1, spread.length))
                        .toArray();
    }

    /** Three groups of four calls: at the start, twice in the middle and at the end of each of the first three strides. */
    private int[] withRungeKutta(int[] spread) {
        int count = spread.length;
        if (count < MIN_RUNGE_KUTTA_STEPS) {
            throw new IllegalArgumentException(
                    "PNDMScheduler: num_inference_steps is " + count + "; with its Runge-Kutta steps"
                            + " it must be at least " + MIN_RUNGE_KUTTA_STEPS + ", or set skip_prk_steps to true.");
        }
        int halfStride = config().numTrainTimesteps() / count / 2;
        IntStream calls = IntStream.range(0, MIN_RUNGE_KUTTA_STEPS - 1)
                .flatMap(i ->
                        IntStream.of(spread[i], spread[i + 1] + halfStride, spread[i + 1] + halfStride, spread[i + 1]));
        return IntStream.concat(calls, Arrays.stream(spread, MIN_RUNGE_KUTTA_STEPS - 1, count))
                .toArray();
    }

    @Override
    protected NDArray advance(Step step) {
        boolean rungeKutta = !config().skipPrkSteps() && step.state().callsMade() < RUNGE_KUTTA_CALLS;
        return rungeKutta ? rungeKutta(step) : multistep(step);
    }

    /**
     * One of the four calls of a Runge-Kutta step (formula 13), all of which start from the sample of the first. After the outputs
     * of the first calls, that sample and the weighted sum of the outputs are remembered until the last.
     */
    private NDArray rungeKutta(Step step) {
        int call = step.state().callsMade() % 4;
        List<NDArray> history = step.history();
        List<NDArray> kept = new ArrayList<>(history.subList(0, history.size() - (call == 0 ? 0 : 2)));
        NDArray output = step.modelOutput();
        NDArray anchor = call == 0 ? step.sample() : history.get(history.size() - 2);
        NDArray weighted = Scalars.mul(output, call == 0 || call == 3 ? 1f / 6 : 1f / 3);
        NDArray sum = call == 0 ? weighted : history.get(history.size() - 1).add(weighted);
        if (call == 0) {
            kept.add(output);
        }
        if (call < 3) {
            Collections.addAll(kept, anchor, sum);
        }
        step.remember(kept);
        int from = step.state().timesteps().get(step.state().position() - call).intValue();
        int to = step.timestep() - (call % 2 == 0 ? step.stride() / 2 : 0);
        return transfer(anchor, call == 3 ? sum : output, from, to);
    }

    /** A step of the linear multistep method (formula 12); the second call corrects the first by averaging the two outputs. */
    private NDArray multistep(Step step) {
        int timestep = step.timestep();
        int calls = step.state().callsMade();
        List<NDArray> outputs = new ArrayList<>(step.history());
        if (calls == 1 && !outputs.isEmpty()) {
            NDArray anchor = outputs.remove(1);
            step.remember(outputs);
            NDArray mean = Scalars.div(step.modelOutput().add(outputs.get(0)), 2);
            return transfer(anchor, mean, timestep + step.stride(), timestep);
        }
        outputs.add(step.modelOutput());
        step.remember(
                calls == 0
                        ? List.of(step.modelOutput(), step.sample())
                        : outputs.subList(Math.max(0, outputs.size() - 3), outputs.size()));
        return transfer(step.sample(), extrapolate(outputs), timestep, timestep - step.stride());
    }

    /** The Adams-Bashforth formula for as many outputs as there are, the newest last. */
    private static NDArray extrapolate(List<NDArray> outputs) {
        int count = outputs.size();
        NDArray newest = outputs.get(count - 1);
        return switch (count) {
            case 1 -> newest;
            case 2 -> Scalars.div(Scalars.mul(newest, 3).sub(outputs.get(0)), 2);
            case 3 ->
                Scalars.div(
                        Scalars.mul(newest, 23)
                                .sub(Scalars.mul(outputs.get(1), 16))
                                .add(Scalars.mul(outputs.get(0), 5)),
                        12);
            default ->
                Scalars.mul(
                        Scalars.mul(newest, 55)
                                .sub(Scalars.mul(outputs.get(2), 59))
                                .add(Scalars.mul(outputs.get(1), 37))
                                .sub(Scalars.mul(outputs.get(0), 9)),
                        1f / 24);
        };
    }

    /** Moves a sample from one timestep to another along a constant model output (formula 9). */
    private NDArray transfer(NDArray sample, NDArray output, int from, int to) {
        float alpha = noiseSchedule().alphaCumprod(from);
        float alphaTo = alphaAt(to, finalAlpha);
        float beta = 1 - alpha;
        NDArray epsilon = NoiseLevel.ofAlpha(from, alpha).epsilon(config().predictionType(), sample, output);
        float divisor = alpha * sqrt(1 - alphaTo) + sqrt(alpha * beta * alphaTo);
        return Scalars.mul(sample, sqrt(alphaTo / alpha))
                .sub(Scalars.div(Scalars.mul(epsilon, alphaTo - alpha), divisor));
    }
}
