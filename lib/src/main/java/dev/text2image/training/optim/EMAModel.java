package dev.text2image.training.optim;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.text2image.nn.Weights;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.Torch;
import dev.text2image.torch.TorchScript;

/**
 * An exponential moving average of a model's weights, which samples better than the weights themselves (diffusers,
 * training_utils.py:EMAModel).
 *
 * <p>An offloaded average lies in the host's memory while the model is on another device. An update takes one tensor at a time to
 * that device and back, so that it needs room for the largest one only.
 */
public final class EMAModel implements AutoCloseable {
    private static final TorchScript SCRIPT = TorchScript.compile("""
            def lerp(self, shadow: List[Tensor], params: List[Tensor], weight: float) -> List[Tensor]:
              _0 = torch._foreach_lerp_(shadow, params, weight)
              return []
            def lerp_offloaded(self, shadow: List[Tensor], params: List[Tensor], weight: float) -> List[Tensor]:
              for i in range(torch.len(params)):
                moved = torch.to(shadow[i], params[i])
                _0 = torch.copy_(shadow[i], torch.lerp_(moved, params[i], weight))
              return []
            """);

    private final Options options;
    private final boolean offloaded;
    private final Weights source;
    private final Weights shadow;
    private int optimizationStep;

    /**
     * How fast the average forgets.
     *
     * @param decay the largest share of the old average that is kept in a step, in [0, 1]
     * @param minDecay the smallest share after the first step, in [0, 1]
     * @param updateAfterStep the average follows the weights for this many steps
     * @param useEmaWarmup whether the share rises as 1 - (1 + n / invGamma)^-power instead of (1 + n) / (10 + n)
     * @param invGamma scale of the warm-up in steps
     * @param power exponent of the warm-up
     */
    public record Options(
            double decay, double minDecay, int updateAfterStep, boolean useEmaWarmup, double invGamma, double power) {
        /**
         * Returns the options of diffusers' training script.
         *
         * @return 0.9999 without warm-up
         */
        public static Options defaults() {
            return new Options(0.9999, 0, 0, false, 1, 2.0 / 3);
        }

        /**
         * Returns the share of the old average that is kept.
         *
         * @param step the number of the step, from 1
         * @return the decay, in [0, 1]
         */
        public double decayAt(int step) {
            int n = Math.max(0, step - updateAfterStep - 1);
            if (n == 0) {
                return 0;
            }
            double rising = useEmaWarmup ? 1 - Math.pow(1 + n / invGamma, -power) : (1.0 + n) / (10.0 + n);
            return Math.max(minDecay, Math.min(decay, rising));
        }
    }

    /**
     * Starts an average at a model's weights.
     *
     * @param source the weights that are trained, owned by the model
     * @param options how fast it forgets
     */
    public EMAModel(Weights source, Options options) {
        this(source, options, false);
    }

    /**
     * Starts an average at a model's weights.
     *
     * @param source the weights that are trained, owned by the model
     * @param options how fast it forgets
     * @param offloaded whether the average lies in the host's memory
     */
    public EMAModel(Weights source, Options options, boolean offloaded) {
        this(source, source.copy(offloaded ? Device.cpu() : source.device()), 0, options, offloaded);
    }

    /**
     * Goes on with an average that was saved.
     *
     * @param source the weights that are trained, owned by the model
     * @param shadow the average so far, owned by this object from now on
     * @param optimizationStep how many steps it has seen
     * @param options how fast it forgets
     */
    public EMAModel(Weights source, Weights shadow, int optimizationStep, Options options) {
        this(source, shadow, optimizationStep, options, false);
    }

    /**
     * Goes on with an average that was saved.
     *
     * @param source the weights that are trained, owned by the model
     * @param shadow the average so far, owned by this object from now on; on the CPU if it is offloaded, else where {@code source} is
     * @param optimizationStep how many steps it has seen
     * @param options how fast it forgets
     * @param offloaded whether the average lies in the host's memory
     */
    public EMAModel(Weights source, Weights shadow, int optimizationStep, Options options, boolean offloaded) {
        Device expected = offloaded ? Device.cpu() : source.device();
        if (!shadow.device().equals(expected)) {
            throw new IllegalArgumentException("The average lies on " + shadow.device() + ", but must lie on "
                    + expected + "; copy it there with Weights.copy.");
        }
        this.offloaded = offloaded;
        this.source = source;
        this.shadow = shadow;
        this.optimizationStep = optimizationStep;
        this.options = options;
    }

    /**
     * Takes in the weights after an optimizer step.
     *
     * @return the decay that was used
     */
    public double step() {
        double decay = options.decayAt(++optimizationStep);
        try (Autograd.Scope pause = Autograd.pause();
                NDManager scratch = Torch.newManager(shadow.device())) {
            SCRIPT.call(scratch, offloaded ? "lerp_offloaded" : "lerp", shadow.list(), source.list(), 1 - decay);
        }
        return decay;
    }

    /**
     * Returns the average.
     *
     * @return weights owned by this object; in the host's memory if it is offloaded, so that a model elsewhere needs a copy to run
     */
    public Weights weights() {
        return shadow;
    }

    /**
     * Returns how many steps the average has seen.
     *
     * @return at least 0
     */
    public int optimizationStep() {
        return optimizationStep;
    }

    /**
     * Returns how fast the average forgets.
     *
     * @return the options
     */
    public Options options() {
        return options;
    }

    @Override
    public void close() {
        shadow.close();
    }
}
