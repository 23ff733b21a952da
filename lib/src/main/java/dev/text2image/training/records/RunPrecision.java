package dev.text2image.training.records;

import ai.djl.Device;
import dev.text2image.io.JsonFields;
import dev.text2image.nn.MixedPrecision;
import dev.text2image.nn.Precision;
import dev.text2image.nn.speed.PrecisionSpeed;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The number format that a run computes in, settled before anything is loaded: only code that has been given it knows what {@link
 * MixedPrecision#AUTO} stands for. A run that goes on from a checkpoint keeps the format that was chosen when it started, on
 * another machine too.
 *
 * @param precision the format
 * @param reason what decided, such as auto
 * @param warning one line that says what the format costs, where it is slower than float32
 */
public record RunPrecision(Precision precision, String reason, Optional<String> warning) {
    /** Where a checkpoint and the journal have the format. */
    public static final String FIELD = "number_format";

    /**
     * Settles the format of a run; on a CPU that takes some tenths of a second unless it is float32.
     *
     * @param wanted what was asked for
     * @param device where the run computes
     * @param checkpoint the checkpoint that it goes on from, or null
     * @return the format
     */
    public static RunPrecision of(MixedPrecision wanted, Device device, @Nullable Path checkpoint) {
        MixedPrecision settled = wanted == MixedPrecision.AUTO && checkpoint != null ? saved(checkpoint) : wanted;
        PrecisionSpeed.Work work = PrecisionSpeed.Work.TRAINING;
        Precision precision = settled.or(() -> PrecisionSpeed.fastest(device, work));
        String reason = settled == wanted ? wanted.name().toLowerCase(Locale.ROOT) : "auto, as in the checkpoint";
        return new RunPrecision(precision, reason, PrecisionSpeed.warning(precision, device, work));
    }

    /** Checkpoints of earlier versions have what was asked for, or nothing. */
    private static MixedPrecision saved(Path checkpoint) {
        JsonFields state = JsonFields.read(checkpoint.resolve(Checkpoints.STATE_FILE));
        String format = state.fields("config")
                .map(config -> config.stringOr("mixed_precision", "no"))
                .orElse("auto");
        return MixedPrecision.of(state.stringOr(FIELD, format));
    }

    @Override
    public String toString() {
        String name = precision == Precision.FP32 ? "float32" : precision.flagName();
        return name
                + (reason.equals(precision.flagName()) ? "" : " (" + reason + ")")
                + warning.map(text -> "; " + text).orElse("");
    }
}
