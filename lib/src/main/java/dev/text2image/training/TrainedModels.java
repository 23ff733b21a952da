package dev.text2image.training;

import ai.djl.Device;
import dev.text2image.lora.LoraComponent;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.models.CLIPTextModel;
import dev.text2image.models.ModelOptions;
import dev.text2image.models.UNet2DConditionModel;
import dev.text2image.models.networks.AutoencoderKLConfig;
import dev.text2image.nn.Precision;
import dev.text2image.nn.Weights;
import dev.text2image.pipelines.PipelineDirectory;
import dev.text2image.training.config.TrainingConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The models of a run. The trained ones stay; the frozen ones are loaded when they are asked for and can be freed in between, once
 * what they give is cached.
 */
final class TrainedModels implements AutoCloseable {
    /** What the keys of a trained text encoder begin with in the optimizer's memory. */
    static final String TEXT_PREFIX = "text_encoder.";

    private final Supplier<AutoencoderKL> vaeLoader;
    private final Supplier<CLIPTextModel> textEncoderLoader;
    private final AutoencoderKLConfig vaeConfig;
    private final UNet2DConditionModel unet;
    private final @Nullable CLIPTextModel trainedTextEncoder;
    private final List<TrainedWeights> trained;
    private @Nullable CLIPTextModel frozenTextEncoder;
    private @Nullable AutoencoderKL vae;

    /**
     * Takes the trained models over.
     *
     * @param unet the UNet
     * @param trainedTextEncoder the text encoder, or null if it is frozen
     * @param vaeConfig the shape of the autoencoder
     * @param vaeLoader loads the autoencoder
     * @param textEncoderLoader loads the text encoder if it is frozen
     */
    TrainedModels(
            UNet2DConditionModel unet,
            @Nullable CLIPTextModel trainedTextEncoder,
            AutoencoderKLConfig vaeConfig,
            Supplier<AutoencoderKL> vaeLoader,
            Supplier<CLIPTextModel> textEncoderLoader) {
        this.unet = unet;
        this.trainedTextEncoder = trainedTextEncoder;
        this.vaeConfig = vaeConfig;
        this.vaeLoader = vaeLoader;
        this.textEncoderLoader = textEncoderLoader;
        List<TrainedWeights> parts = new ArrayList<>(List.of(TrainedWeights.of(LoraComponent.UNET, "", unet)));
        if (trainedTextEncoder != null) {
            parts.add(TrainedWeights.of(LoraComponent.TEXT_ENCODER, TEXT_PREFIX, trainedTextEncoder));
        }
        this.trained = List.copyOf(parts);
    }

    /**
     * Loads the models that are trained.
     *
     * @param base the base model
     * @param checkpoint the checkpoint to go on from, or null
     * @param config the run
     * @param precision the number format of the run; what is not trained is kept in it
     * @param device where they are
     */
    static TrainedModels load(
            PipelineDirectory base,
            @Nullable Path checkpoint,
            TrainingConfig config,
            Precision precision,
            Device device) {
        ModelOptions options = ModelOptions.defaults().withDevice(device);
        ModelOptions changed = options.withFormats(config.trainedFormats(precision));
        ModelOptions frozen =
                options.withAllIn(precision).withVariant(config.variant()).withWeightsInFiles();
        Path whole = checkpoint == null ? base.path() : checkpoint;
        AdaptedModels adapted = config.lora() == null
                ? null
                : AdaptedModels.of(base, checkpoint, config, changed.withVariant(config.variant()));
        UNet2DConditionModel unet = adapted == null
                ? UNet2DConditionModel.fromPretrained(whole.resolve(LoraComponent.UNET.prefix()), changed)
                : adapted.unet();
        CLIPTextModel text = null;
        try {
            if (config.trainTextEncoder()) {
                text = adapted == null
                        ? CLIPTextModel.fromPretrained(whole.resolve(LoraComponent.TEXT_ENCODER.prefix()), changed)
                        : adapted.textEncoder();
            }
            TrainedModels models = new TrainedModels(
                    unet,
                    text,
                    base.vaeConfig(),
                    () -> AutoencoderKL.fromPretrained(base.vae(), frozen),
                    () -> CLIPTextModel.fromPretrained(base.textEncoder(), frozen));
            models.trained.forEach(part -> part.weights().requireGradients(config.gradientFormat(precision)));
            return models;
        } catch (RuntimeException e) {
            unet.close();
            if (text != null) {
                text.close();
            }
            throw e;
        }
    }

    UNet2DConditionModel unet() {
        return unet;
    }

    boolean trainsTextEncoder() {
        return trainedTextEncoder != null;
    }

    CLIPTextModel textEncoder() {
        if (trainedTextEncoder != null) {
            return trainedTextEncoder;
        }
        if (frozenTextEncoder == null) {
            frozenTextEncoder = textEncoderLoader.get();
        }
        return frozenTextEncoder;
    }

    AutoencoderKL vae() {
        if (vae == null) {
            vae = vaeLoader.get();
        }
        return vae;
    }

    AutoencoderKLConfig vaeConfig() {
        return vaeConfig;
    }

    /** Frees the autoencoder; it is loaded again when it is asked for. */
    void freeVae() {
        if (vae != null) {
            vae.close();
            vae = null;
        }
    }

    /** Frees the text encoder, unless it is trained; it is loaded again when it is asked for. */
    void freeTextEncoder() {
        if (frozenTextEncoder != null) {
            frozenTextEncoder.close();
            frozenTextEncoder = null;
        }
    }

    /** The weights that are trained, those of the UNet first. */
    List<TrainedWeights> trained() {
        return trained;
    }

    /** The weights of the UNet to run with. */
    Weights unetWeights(Function<TrainedWeights, Weights> choice) {
        return choice.apply(trained.get(0));
    }

    /** The weights of the text encoder to run with; a frozen one has but its own. */
    Weights textWeights(Function<TrainedWeights, Weights> choice) {
        return trainsTextEncoder()
                ? choice.apply(trained.get(1))
                : textEncoder().weights();
    }

    @Override
    public void close() {
        freeVae();
        freeTextEncoder();
        if (trainedTextEncoder != null) {
            trainedTextEncoder.close();
        }
        unet.close();
    }
}
