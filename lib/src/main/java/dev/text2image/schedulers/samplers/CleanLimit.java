package dev.text2image.schedulers.samplers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.SchedulerFields;
import dev.text2image.torch.Scalars;
import java.util.function.UnaryOperator;

/**
 * What keeps a predicted clean sample in the range of images: nothing, the hub's {@code clip_sample}, or its {@code thresholding}
 * (Imagen, arXiv 2205.11487, section 2.3). Latents have no such range, so that latent models use neither.
 *
 * @param active whether anything is done
 * @param operation from a clean sample (b, ...) to the limited one
 */
record CleanLimit(boolean active, UnaryOperator<NDArray> operation) {
    /** Reads the limit that a configuration asks for; thresholding goes before clipping. */
    static CleanLimit of(SchedulerConfig config, boolean clipsByDefault) {
        SchedulerFields fields =
                SchedulerFields.of(config, "thresholding", "dynamic_thresholding_ratio", "sample_max_value");
        if (fields.bool("thresholding", false)) {
            double ratio = fields.number("dynamic_thresholding_ratio", 0.995);
            double max = fields.number("sample_max_value", 1);
            return new CleanLimit(true, clean -> threshold(clean, ratio, max));
        }
        Boolean clips = config.clipSample();
        if (clips == null ? clipsByDefault : clips) {
            float range = (float) config.clipSampleRange();
            return new CleanLimit(true, clean -> Scalars.clamp(clean, -range, range));
        }
        return new CleanLimit(false, clean -> clean);
    }

    /** The same for a class that knows thresholding only. */
    static CleanLimit ofThresholding(SchedulerConfig config) {
        return of(config.toBuilder().clipSample(false).build(), false);
    }

    /** The same for a class that knows clipping only, and does not by default. */
    static CleanLimit ofClipping(SchedulerConfig config) {
        return of(config.toBuilder().option("thresholding", false).build(), false);
    }

    NDArray apply(NDArray clean) {
        return operation.apply(clean);
    }

    /** Divides each sample by its quantile of magnitudes, which is held between 1 and a maximum. */
    private static NDArray threshold(NDArray clean, double ratio, double max) {
        Shape shape = clean.getShape();
        long batch = shape.get(0);
        NDArray flat = clean.reshape(batch, -1); // (b, n)
        NDArray sorted = flat.abs().sort(1);
        double place = ratio * (flat.size(1) - 1);
        long below = (long) Math.floor(place);
        long above = Math.min(below + 1, flat.size(1) - 1);
        NDArray low = sorted.get(":, {}", below);
        NDArray quantile = low.add(Scalars.mul(sorted.get(":, {}", above).sub(low), (float) (place - below)));
        NDArray bound = quantile.maximum(1f).minimum((float) max).reshape(batch, 1);
        return flat.minimum(bound).maximum(bound.neg()).div(bound).reshape(shape);
    }
}
