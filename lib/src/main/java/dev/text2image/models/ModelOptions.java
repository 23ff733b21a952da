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
 * @param variant the variant of the weight files, such as {@code "fp16"}; null for the plain ones
 */
public record ModelOptions(
        Device device, Precision precision, @Nullable String variant) {
    /**
     * Returns float32 on the default device.
     *
     * @return the options that are right unless there is a reason for others
     */
    public static ModelOptions defaults() {
        return new ModelOptions(Torch.defaultDevice(), Precision.FP32, null);
    }

    /**
     * Chooses another device.
     *
     * @param newDevice the device
     * @return changed options
     */
    public ModelOptions withDevice(Device newDevice) {
        return new ModelOptions(newDevice, precision, variant);
    }

    /**
     * Chooses another precision; the weights stay in float32.
     *
     * @param newPrecision the precision
     * @return changed options
     */
    public ModelOptions withPrecision(Precision newPrecision) {
        return new ModelOptions(device, newPrecision, variant);
    }

    /**
     * Chooses a variant of the weight files.
     *
     * @param newVariant the variant, or null
     * @return changed options
     */
    public ModelOptions withVariant(@Nullable String newVariant) {
        return new ModelOptions(device, precision, newVariant);
    }
}
