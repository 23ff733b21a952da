package dev.text2image.models;

import ai.djl.Device;
import dev.text2image.nn.NumberFormats;
import dev.text2image.nn.Precision;
import dev.text2image.torch.Torch;
import org.jspecify.annotations.Nullable;

/**
 * How a model is loaded.
 *
 * @param device where its weights are kept and its work is done
 * @param formats its number formats; weights in half precision are for a model that is neither trained nor saved
 * @param variant the variant of the weight files, such as {@code "fp16"}; null for the plain ones
 * @param inFiles whether the weights stay in their files, for a model that is only run, see {@link #withWeightsInFiles}
 */
public record ModelOptions(
        Device device, NumberFormats formats, @Nullable String variant, boolean inFiles) {
    /**
     * Returns float32 on the default device.
     *
     * @return the options that are right unless there is a reason for others
     */
    public static ModelOptions defaults() {
        return new ModelOptions(Torch.defaultDevice(), NumberFormats.FP32, null, false);
    }

    /**
     * Chooses another device.
     *
     * @param newDevice the device
     * @return changed options
     */
    public ModelOptions withDevice(Device newDevice) {
        return new ModelOptions(newDevice, formats, variant, inFiles);
    }

    /**
     * Chooses another precision of the matrix work, with weights and norms in float32, as torch.autocast.
     *
     * @param newPrecision the precision
     * @return changed options
     */
    public ModelOptions withPrecision(Precision newPrecision) {
        return new ModelOptions(device, NumberFormats.autocast(newPrecision), variant, inFiles);
    }

    /**
     * Chooses a model that is half precision throughout, norms included, as diffusers' models with a {@code torch_dtype} are. It takes
     * half the memory and is neither trained nor saved; its outputs are float32 as always.
     *
     * @param half the format; FP32 for a model that is float32 throughout
     * @return changed options
     */
    public ModelOptions withAllIn(Precision half) {
        return withFormats(NumberFormats.allIn(half));
    }

    /**
     * Chooses the number formats one by one.
     *
     * @param newFormats the formats
     * @return changed options
     */
    public ModelOptions withFormats(NumberFormats newFormats) {
        return new ModelOptions(device, newFormats, variant, inFiles);
    }

    /**
     * Chooses a variant of the weight files.
     *
     * @param newVariant the variant, or null
     * @return changed options
     */
    public ModelOptions withVariant(@Nullable String newVariant) {
        return new ModelOptions(device, formats, newVariant, inFiles);
    }

    /**
     * Chooses weights that are not copied, but read where they lie in the system's cache of files, a segment of the network at a time.
     * They take hardly any memory of the process; so a model that is needed now and then may stay open. They are not trained and not
     * written into. Only float32 weights in float32 files on the CPU of a Linux machine are used so, others are copied as ever.
     *
     * <p>As with every mapped file, whoever shortens or overwrites it meanwhile ends the process, and so does a disk that fails. To replace
     * or delete it is harmless on a local disk.
     *
     * @return changed options
     */
    public ModelOptions withWeightsInFiles() {
        return new ModelOptions(device, formats, variant, true);
    }
}
