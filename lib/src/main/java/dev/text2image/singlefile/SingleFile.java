package dev.text2image.singlefile;

import dev.text2image.io.InvalidInputException;
import dev.text2image.io.Json;
import dev.text2image.io.PickledWeights;
import dev.text2image.io.SafeTensorsFile;
import dev.text2image.models.ModelOutline;
import dev.text2image.models.networks.UNet2DConditionConfig;
import dev.text2image.schedulers.PredictionType;
import dev.text2image.schedulers.SchedulerConfig;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A model in one safetensors file with the original names, opened for reading: Stable Diffusion 1 or 2, or an autoencoder alone. Which
 * it is is known, and every tensor checked, when it is open.
 *
 * <p>As in diffusers (single_file_utils.py), what a file does not say is that of the models that everyone starts from: the first
 * generation predicts noise; the second predicts velocity, unless the file's {@code global_step} is that of 2.0-base. Averaged weights
 * ({@code model_ema}) beside the others are left out.
 */
public final class SingleFile implements AutoCloseable {
    private static final int SMALL_LATENTS = 64;
    private static final int LARGE_LATENTS = 96;
    private static final int PIXELS_OF_LATENT = 8;
    private static final String STEP = "global_step";
    /** The step of Stable Diffusion 2.0-base, which no other model of its generation tells itself apart by. */
    private static final long STEP_OF_BASE = 875_000;

    private final SafeTensorsFile file;
    private final OriginalShapes shapes;
    private final Map<String, SingleFilePart> parts = new LinkedHashMap<>();

    private SingleFile(SafeTensorsFile file) {
        this.file = file;
        this.shapes = new OriginalShapes(file.file(), file.tensors());
    }

    /**
     * Opens a file.
     *
     * @param path the file
     * @param prediction what the UNet predicts; null for what its generation usually does
     * @param config a directory in the layout of diffusers with the configurations of such a model, for one of another shape than
     *     Stable Diffusion's; null for Stable Diffusion's
     * @return the opened file, to be closed by the caller
     * @throws InvalidInputException if it is pickled, another kind of file, or lacks a tensor, has others or of other shapes
     */
    public static SingleFile open(Path path, @Nullable PredictionType prediction, @Nullable Path config) {
        if (PickledWeights.isPickled(path)) {
            throw new InvalidInputException(path + " is pickled. " + PickledWeights.remedyOfFile(path));
        }
        SafeTensorsFile opened = SafeTensorsFile.open(path);
        boolean complete = false;
        try {
            ForeignFile.refuse(path, opened.tensors().keySet());
            SingleFile file = new SingleFile(opened);
            file.addParts(prediction, config);
            SingleFilePart.check(opened, file.parts.values());
            complete = true;
            return file;
        } finally {
            if (!complete) {
                opened.close();
            }
        }
    }

    private void addParts(@Nullable PredictionType chosen, @Nullable Path config) {
        if (isAutoencoder()) {
            String prefix = shapes.has(OriginalNames.VAE) ? OriginalNames.VAE : "";
            addVae(config, prefix, SMALL_LATENTS);
            return;
        }
        boolean large = shapes.isSecondGeneration() && predictionOf(chosen) == PredictionType.V_PREDICTION;
        int latents = large ? LARGE_LATENTS : SMALL_LATENTS;
        ModelOutline<UNet2DConditionConfig> unet = config == null
                ? outline(() -> ModelOutline.unet(shapes.unet(latents)))
                : ModelOutline.readUnet(config.resolve("unet"));
        add("unet", unet, OriginalNames.unet(unet.config()));
        addVae(config, OriginalNames.VAE, latents);
        var text = config == null
                ? outline(() -> ModelOutline.textEncoder(shapes.textEncoder()))
                : ModelOutline.readTextEncoder(config.resolve("text_encoder"));
        add("text_encoder", text, OriginalNames.textEncoder(text.config()));
    }

    private void addVae(@Nullable Path config, String prefix, int latents) {
        var vae = config == null
                ? outline(() -> ModelOutline.vae(shapes.vae(prefix, latents * PIXELS_OF_LATENT)))
                : ModelOutline.readVae(config.resolve("vae"));
        add("vae", vae, OriginalNames.vae(vae.config(), prefix));
    }

    private void add(String folder, ModelOutline<?> outline, Function<String, OriginalTensor> names) {
        parts.put(folder, new SingleFilePart(folder, outline, names));
    }

    /** Says what may help where the tensors of a file make no network. */
    private <C> ModelOutline<C> outline(Supplier<ModelOutline<C>> network) {
        try {
            return network.get();
        } catch (InvalidInputException | IllegalArgumentException | ArithmeticException e) {
            throw new InvalidInputException(
                    file.file() + " is not of the shape of Stable Diffusion 1 or 2: " + e.getMessage()
                            + " For a model of another shape, give the configurations of such a model with --config.",
                    e);
        }
    }

    /**
     * Says whether the file holds an autoencoder alone.
     *
     * @return true if there is no UNet
     */
    public boolean isAutoencoder() {
        return !shapes.has(OriginalNames.UNET);
    }

    /**
     * Returns the parts that the file holds.
     *
     * @return their folders in the layout of diffusers: {@code vae}, and in a whole model {@code unet} and {@code text_encoder}
     */
    public Set<String> folders() {
        return Collections.unmodifiableSet(parts.keySet());
    }

    /**
     * Writes one part with the names of diffusers.
     *
     * @param folder one of {@link #folders}
     * @param target the folder, which is written as a whole
     * @throws java.io.UncheckedIOException if it cannot be written
     */
    public void write(String folder, Path target) {
        Optional.ofNullable(parts.get(folder))
                .orElseThrow(() -> new IllegalArgumentException(file.file() + " has no part " + folder + "."))
                .write(file, target);
    }

    /**
     * Writes the tokenizer of CLIP, which the file does not hold: padding with the end token for OpenAI's text encoder and with the
     * exclamation mark, whose id is 0, for OpenCLIP's.
     *
     * @param target the folder
     * @throws java.io.UncheckedIOException if it cannot be written
     */
    public void writeTokenizer(Path target) {
        ClipTokenizerFiles.write(target, shapes.has(OriginalNames.OPEN_CLIP));
    }

    /**
     * Returns the sampler that such a model is published with: PNDM, or DDIM for one that predicts velocity.
     *
     * @param prediction as for {@link #open}
     * @param config as for {@link #open}; its scheduler is taken if it has one
     * @return the configuration
     */
    public SchedulerConfig scheduler(@Nullable PredictionType prediction, @Nullable Path config) {
        Path given = config == null ? null : config.resolve("scheduler").resolve("scheduler_config.json");
        if (given != null && Files.isRegularFile(given)) {
            SchedulerConfig found = SchedulerConfig.fromJson(Json.readPythonObject(given));
            return prediction == null
                    ? found
                    : found.toBuilder().predictionType(prediction).build();
        }
        SchedulerConfig usual = SchedulerConfig.stableDiffusion();
        PredictionType type = predictionOf(prediction);
        return usual.toBuilder()
                .className(type == PredictionType.V_PREDICTION ? "DDIMScheduler" : "PNDMScheduler")
                .predictionType(type)
                .build();
    }

    private PredictionType predictionOf(@Nullable PredictionType chosen) {
        if (chosen != null) {
            return chosen;
        }
        return shapes.isSecondGeneration() && globalStep() != STEP_OF_BASE
                ? PredictionType.V_PREDICTION
                : PredictionType.EPSILON;
    }

    private long globalStep() {
        boolean whole = file.tensors().containsKey(STEP) && file.info(STEP).byteSize() == Long.BYTES;
        return whole ? file.data(STEP).order(ByteOrder.LITTLE_ENDIAN).getLong() : 0;
    }

    @Override
    public void close() {
        file.close();
    }
}
