package dev.text2image.training;

import ai.djl.ndarray.NDArray;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.models.CLIPTextModel;
import dev.text2image.models.ModelOptions;
import dev.text2image.models.UNet2DConditionModel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The models of a run.
 *
 * @param unet the UNet, which is trained
 * @param vae the autoencoder, which is not
 * @param textEncoder the text encoder
 * @param trainsTextEncoder whether the text encoder is trained too
 */
record TrainedModels(UNet2DConditionModel unet, AutoencoderKL vae, CLIPTextModel textEncoder, boolean trainsTextEncoder)
        implements AutoCloseable {
    /**
     * Loads the models.
     *
     * @param unet directory of the UNet, in the base model or in a checkpoint
     * @param vae directory of the autoencoder
     * @param textEncoder directory of the text encoder, in the base model or in a checkpoint
     * @param config the run
     * @param options device and precision; what is not trained is kept in that precision
     */
    static TrainedModels load(Path unet, Path vae, Path textEncoder, TrainingConfig config, ModelOptions options) {
        ModelOptions frozen = options.withVariant(config.variant()).withWeights(options.precision());
        AutoencoderKL autoencoder = AutoencoderKL.fromPretrained(vae, frozen);
        try {
            CLIPTextModel text =
                    CLIPTextModel.fromPretrained(textEncoder, config.trainTextEncoder() ? options : frozen);
            try {
                UNet2DConditionModel network = UNet2DConditionModel.fromPretrained(unet, options);
                network.weights().requireGradients(true);
                text.weights().requireGradients(config.trainTextEncoder());
                return new TrainedModels(network, autoencoder, text, config.trainTextEncoder());
            } catch (RuntimeException e) {
                text.close();
                throw e;
            }
        } catch (RuntimeException e) {
            autoencoder.close();
            throw e;
        }
    }

    /** The tensors that are trained, by their keys in a checkpoint. */
    Map<String, NDArray> trainedTensors() {
        Map<String, NDArray> tensors = new LinkedHashMap<>(unet.weights().tensors());
        if (trainsTextEncoder) {
            textEncoder.weights().tensors().forEach((name, tensor) -> tensors.put("text_encoder." + name, tensor));
        }
        return tensors;
    }

    @Override
    public void close() {
        unet.close();
        vae.close();
        textEncoder.close();
    }
}
