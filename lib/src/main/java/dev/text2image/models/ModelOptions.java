package dev.text2image.models;

import ai.djl.Device;
import dev.text2image.nn.Precision;
import dev.text2image.torch.Torch;
import org.jspecify.annotations.Nullable;

/**
 * How a model is loaded.
 *
 * @param device where its weights are kept and its work is done
 * @param precision the number format of its matrix work
 * @param weights the number format that its weights are kept in: FP32, or the same as {@code precision} for a model that is neither
 *     trained nor saved
 * @param variant the variant of the weight files, such as {@code "fp16"}; null for the plain ones
 */
public record ModelOptions(
        Device device,
        Precision precision,
        Precision weights,
        @Nullable String variant) {
    /** Checks that the formats fit together. */
    public ModelOptions {
        if (weights != Precision.FP32 && weights != precision) {
            throw new IllegalArgumentException("Weights in " + weights + " need matrix work in " + weights
                    + ", but the precision is " + precision + "; choose the precision first, or weights in FP32.");
        }
    }

    /**
     * Returns float32 on the default device.
     *
     * @return the options that are right unless there is a reason for others
     */
    public static ModelOptions defaults() {
        return new ModelOptions(Torch.defaultDevice(), Precision.FP32, Precision.FP32, null);
    }

    /**
     * Chooses another device.
     *
     * @param newDevice the device
     * @return changed options
     */
    public ModelOptions withDevice(Device newDevice) {
        return new ModelOptions(newDevice, precision, weights, variant);
    }

    /**
     * Chooses another precision of the matrix work, with weights in float32.
     *
     * @param newPrecision the precision
     * @return changed options
     */
    public ModelOptions withPrecision(Precision newPrecision) {
        return new ModelOptions(device, newPrecision, Precision.FP32, variant);
    }

    /**
     * Chooses the format that the weights are kept in. Half precision halves their memory, for a model that is neither trained nor
     * saved; its outputs are float32 as always.
     *
     * @param newWeights FP32, or the precision of these options
     * @return changed options
     * @throws IllegalArgumentException for another format
     */
    public ModelOptions withWeights(Precision newWeights) {
        return new ModelOptions(device, precision, newWeights, variant);
    }

    /**
     * Chooses a variant of the weight files.
     *
     * @param newVariant the variant, or null
     * @return changed options
     */
    public ModelOptions withVariant(@Nullable String newVariant) {
        return new ModelOptions(device, precision, weights, newVariant);
    }
}
