package dev.text2image.nn.speed;

import ai.djl.Device;
import dev.text2image.nn.Precision;
import dev.text2image.torch.Torch;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Whether lower precision saves time on a device.
 *
 * <p>On a processor that is measured, once in a process: what instructions it has does not tell. With AVX-512 BF16 and FP16, but without
 * AMX, a training step takes several times as long in bfloat16 and a hundred times as long in half precision, since oneDNN has fast code
 * for some passes only; and what oneDNN may use depends on ONEDNN_MAX_CPU_ISA too. A GPU is known by its compute capability.
 */
public final class PrecisionSpeed {
    /** Where bfloat16 came into tensor cores. */
    static final int AMPERE = 80;

    /** A format is chosen only if it saves a fifth, and warned about only if it costs a quarter: noise is less than that. */
    private static final double PAYS = 0.8;

    private static final double COSTS = 1.25;

    private static final Map<Case, Double> MEASURED = new ConcurrentHashMap<>();

    private PrecisionSpeed() {}

    /** What a model is used for: passes forward and back have different code. */
    public enum Work {
        /** Passes forward and back. */
        TRAINING,
        /** Passes forward. */
        INFERENCE
    }

    private record Case(Precision precision, Work work) {}

    /**
     * Returns the format that a device is fastest in.
     *
     * @param device the device
     * @param work what is done on it
     * @return on a GPU BF16 from compute capability 8.0 on, else FP16; on a CPU BF16 where it is faster by a clear margin, else FP32
     */
    public static Precision fastest(Device device, Work work) {
        if (device.isGpu()) {
            return Torch.computeCapability(device) >= AMPERE ? Precision.BF16 : Precision.FP16;
        }
        return onProcessor(Precision.BF16, work) < PAYS ? Precision.BF16 : Precision.FP32;
    }

    /**
     * Says so if a format takes more time than float32.
     *
     * @param precision the format
     * @param device the device
     * @param work what is done on it
     * @return one line with the factor, such as "bf16 takes about 9 times as long as float32 on this processor; ..."; empty where the
     *     format is no hindrance
     */
    public static Optional<String> warning(Precision precision, Device device, Work work) {
        String advice = "; --mixed_precision auto takes what is fastest.";
        if (device.isGpu()) {
            boolean slow = precision == Precision.BF16 && Torch.computeCapability(device) < AMPERE;
            return slow ? Optional.of("This GPU has no tensor cores for bf16" + advice) : Optional.empty();
        }
        double slowdown = onProcessor(precision, work);
        if (slowdown < COSTS) {
            return Optional.empty();
        }
        String factor = String.format(Locale.ROOT, slowdown < 3 ? "%.1f" : "%.0f", slowdown);
        return Optional.of(precision.flagName() + " takes about " + factor
                + " times as long as float32 on this processor" + advice);
    }

    private static double onProcessor(Precision precision, Work work) {
        return precision == Precision.FP32
                ? 1
                : MEASURED.computeIfAbsent(
                        new Case(precision, work), key -> SpeedProbe.slowdown(key.precision(), key.work()));
    }
}
