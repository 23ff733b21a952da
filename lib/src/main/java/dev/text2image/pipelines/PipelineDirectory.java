package dev.text2image.pipelines;

import com.google.gson.JsonObject;
import dev.text2image.hub.HubPaths;
import dev.text2image.hub.RepoType;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.Json;
import dev.text2image.io.JsonFields;
import dev.text2image.io.PickledWeights;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.models.CLIPTextModel;
import dev.text2image.models.ModelOptions;
import dev.text2image.models.UNet2DConditionModel;
import dev.text2image.models.networks.AutoencoderKLConfig;
import dev.text2image.models.networks.CLIPTextConfig;
import dev.text2image.models.networks.UNet2DConditionConfig;
import dev.text2image.schedulers.Scheduler;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.samplers.Schedulers;
import dev.text2image.tokenizers.CLIPTokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A Stable Diffusion model on disk, in the layout of diffusers: {@code model_index.json} and a folder for each part.
 *
 * <p>Opening one checks that all files are there and reads nothing large, so that a training run learns of a missing part at its
 * start and not at its end.
 */
public final class PipelineDirectory {
    /** The file that makes a directory a pipeline. */
    static final String INDEX_FILE = "model_index.json";

    private static final String CONFIG_FILE = "config.json";

    /** The hub's name of the pipeline. */
    static final String CLASS_NAME = "StableDiffusionPipeline";

    private final Path path;
    private final JsonObject modelIndex;

    private PipelineDirectory(Path path, JsonObject modelIndex) {
        this.path = path;
        this.modelIndex = modelIndex;
    }

    /**
     * Opens a model after checking that it is complete.
     *
     * @param path the model's directory, a file as of {@link SingleFileModel}, or its name on the hub, such as
     *     {@code stable-diffusion-v1-5/stable-diffusion-v1-5}; a directory of that name wins
     * @return the directory
     * @throws InvalidInputException listing everything that is missing, or if it is another kind of pipeline
     */
    public static PipelineDirectory open(Path path) {
        return open(path, null, null, Set.of());
    }

    /**
     * Opens a model after checking that it is complete, and downloads it before if it is named as on the hub.
     *
     * @param path the model's directory, or its name on the hub
     * @param revision the branch, tag or commit on the hub; null for the newest. It does not count for a directory
     * @param variant the variant of the weights that is downloaded where a part has it, such as fp16; null for the plain ones
     * @param plain the folders whose plain weights are downloaded as well, as training needs those of what it trains
     * @return the directory
     * @throws InvalidInputException listing everything that is missing, or if it is another kind of pipeline
     */
    public static PipelineDirectory open(
            Path path, @Nullable String revision, @Nullable String variant, Set<String> plain) {
        if (SingleFileModel.mayBeModel(path)) {
            if (variant != null) {
                throw new InvalidInputException("variant is " + variant + ", but " + path
                        + " is one file, which has no variants; leave it out.");
            }
            return new SingleFileModel(path, null, null).open();
        }
        return openDirectory(
                HubPaths.resolve(path, RepoType.MODEL, revision, new PipelineFiles(variant, Set.copyOf(plain))));
    }

    static PipelineDirectory openDirectory(Path path) {
        checkIsDirectory(path);
        List<String> missing = new ArrayList<>();
        if (!Files.isRegularFile(path.resolve(INDEX_FILE))) {
            missing.add(INDEX_FILE);
        }
        for (PipelineComponent component : PipelineComponent.values()) {
            missing.addAll(component.missingFrom(path));
        }
        if (!missing.isEmpty()) {
            throw new InvalidInputException(path + " is not a complete Stable Diffusion model; missing: "
                    + String.join("; ", missing) + ". Expected is the layout of diffusers: " + INDEX_FILE
                    + " and the folders unet, vae, text_encoder, tokenizer and scheduler, the weights as safetensors. "
                    + remedy(path));
        }
        JsonObject modelIndex = Json.readObject(path.resolve(INDEX_FILE));
        checkClass(path, modelIndex);
        return new PipelineDirectory(path, modelIndex);
    }

    private static String remedy(Path path) {
        boolean pickled = Stream.of(PipelineComponent.values())
                .anyMatch(
                        part -> !PickledWeights.in(path.resolve(part.folder())).isEmpty());
        return pickled ? PickledWeights.remedy(path) : "Check the path, or download the model again.";
    }

    private static void checkIsDirectory(Path path) {
        if (Files.isDirectory(path)) {
            return;
        }
        String hint =
                "give the directory of a Stable Diffusion model in the layout of diffusers, a safetensors file, or a name on the"
                        + " hub.";
        if (Files.exists(path)) {
            throw new InvalidInputException(path + " is a file; " + hint);
        }
        throw new InvalidInputException("There is no directory " + path + "; " + hint);
    }

    private static void checkClass(Path path, JsonObject modelIndex) {
        String found = JsonFields.of(path.resolve(INDEX_FILE), modelIndex).string("_class_name");
        if (!found.equals(CLASS_NAME)) {
            throw new InvalidInputException(path.resolve(INDEX_FILE) + ": _class_name is " + found + " where "
                    + CLASS_NAME + " was expected; use a text-to-image model of Stable Diffusion 1 or 2.");
        }
    }

    /**
     * Reads the shape of the autoencoder.
     *
     * @return its configuration
     */
    public AutoencoderKLConfig vaeConfig() {
        return AutoencoderKLConfig.fromJson(JsonFields.read(vae().resolve(CONFIG_FILE)));
    }

    /**
     * Reads the shape of the text encoder.
     *
     * @return its configuration
     */
    public CLIPTextConfig textEncoderConfig() {
        return CLIPTextConfig.fromJson(JsonFields.read(textEncoder().resolve(CONFIG_FILE)));
    }

    /**
     * Reads the shape of the UNet.
     *
     * @return its configuration
     */
    public UNet2DConditionConfig unetConfig() {
        return UNet2DConditionConfig.fromJson(JsonFields.read(unet().resolve(CONFIG_FILE)));
    }

    /**
     * Writes a new model from its parts, as diffusers does: without safety checker and feature extractor. Each part replaces one
     * of the same name that is already there as a whole; model_index.json comes last.
     *
     * @param target the model's directory, which is made if need be
     * @param unet the UNet
     * @param vae the autoencoder
     * @param textEncoder the text encoder
     * @param tokenizer the tokenizer
     * @param scheduler the sampler's configuration, with its class name
     * @return the written model
     * @throws InvalidInputException if the scheduler's class name is missing
     * @throws java.io.UncheckedIOException if a file cannot be written
     */
    public static PipelineDirectory create(
            Path target,
            UNet2DConditionModel unet,
            AutoencoderKL vae,
            CLIPTextModel textEncoder,
            CLIPTokenizer tokenizer,
            SchedulerConfig scheduler) {
        if (scheduler.className() == null) {
            throw new InvalidInputException(
                    "The scheduler configuration has no class name; it must name the sampler, for"
                            + " example PNDMScheduler: set it with className.");
        }
        PipelineWriter.create(
                target,
                Map.of(
                        PipelineComponent.UNET, unet::save,
                        PipelineComponent.VAE, vae::save,
                        PipelineComponent.TEXT_ENCODER, textEncoder::save,
                        PipelineComponent.TOKENIZER, tokenizer::save,
                        PipelineComponent.SCHEDULER, place -> saveScheduler(place, scheduler)));
        return open(target);
    }

    static void saveScheduler(Path place, SchedulerConfig scheduler) {
        Json.write(place.resolve(PipelineComponent.SCHEDULER.configFile()), scheduler.toJson());
    }

    /**
     * Writes a copy of this model in which some parts are others, for example with a trained UNet. The files of all other parts
     * are copied bit by bit, safety checker and feature extractor included; what model_index.json does not list, such as
     * checkpoints, is not. A failure leaves every part as it was or complete, and model_index.json is written last.
     *
     * @param target the new model's directory, which is made if need be and may hold other things; it may be this model's own
     * @param replaced by folder ({@code "unet"}, {@code "vae"}, {@code "text_encoder"}, {@code "tokenizer"} or
     *     {@code "scheduler"}), what writes the part: it gets an empty directory
     * @return the written model
     * @throws InvalidInputException if a folder is not a part of a Stable Diffusion model, or what was written is not complete
     * @throws java.io.UncheckedIOException if a file cannot be written
     */
    public PipelineDirectory copyWith(Path target, Map<String, Consumer<Path>> replaced) {
        for (String name : replaced.keySet()) {
            if (PipelineComponent.ofFolder(name).isEmpty()) {
                throw new InvalidInputException(
                        "'" + name + "' is no part of a Stable Diffusion model that can be replaced;"
                                + " use unet, vae, text_encoder, tokenizer or scheduler.");
            }
        }
        PipelineWriter.copy(this, target, replaced);
        return open(target);
    }

    /**
     * Writes a copy of this model that has some parts of another directory, for example a UNet and the scheduler that it was trained
     * with.
     *
     * @param target the new model's directory, as for {@link #copyWith(Path, Map)}
     * @param parts a directory with at least one of the folders unet, vae, text_encoder, tokenizer and scheduler; it need not be a whole
     *     model
     * @return the written model
     * @throws InvalidInputException if the directory has no part, an incomplete one, or one that does not fit to the others
     * @throws java.io.UncheckedIOException if a file cannot be written
     */
    public PipelineDirectory copyWith(Path target, Path parts) {
        Map<String, Consumer<Path>> replaced = new TreeMap<>();
        List<String> missing = new ArrayList<>();
        for (PipelineComponent part : PipelineComponent.values()) {
            Path folder = parts.resolve(part.folder());
            if (Files.isDirectory(folder)) {
                missing.addAll(part.missingFrom(parts));
                replaced.put(part.folder(), place -> PipelineWriter.copyFiles(folder, place));
            }
        }
        if (replaced.isEmpty() || !missing.isEmpty()) {
            String problem = replaced.isEmpty() ? "has no part" : "lacks " + String.join("; ", missing);
            throw new InvalidInputException(
                    parts + " " + problem + "; expected is at least one of the folders unet, vae, text_encoder,"
                            + " tokenizer and scheduler, each complete. " + remedy(parts));
        }
        PipelineDirectory copy = copyWith(target, replaced);
        copy.checkParts();
        return copy;
    }

    /**
     * Returns where the model is.
     *
     * @return the model's directory
     */
    public Path path() {
        return path;
    }

    /**
     * Returns the UNet's folder.
     *
     * @return the folder, as {@link UNet2DConditionModel#fromPretrained} takes it
     */
    public Path unet() {
        return folder(PipelineComponent.UNET);
    }

    /**
     * Returns the autoencoder's folder.
     *
     * @return the folder, as {@link AutoencoderKL#fromPretrained} takes it
     */
    public Path vae() {
        return folder(PipelineComponent.VAE);
    }

    /**
     * Returns the text encoder's folder.
     *
     * @return the folder, as {@link CLIPTextModel#fromPretrained} takes it
     */
    public Path textEncoder() {
        return folder(PipelineComponent.TEXT_ENCODER);
    }

    /**
     * Returns the tokenizer's folder.
     *
     * @return the folder, as {@link CLIPTokenizer#load} takes it
     */
    public Path tokenizer() {
        return folder(PipelineComponent.TOKENIZER);
    }

    /**
     * Reads the scheduler's configuration.
     *
     * @return the content of scheduler/scheduler_config.json
     * @throws InvalidInputException if the file is damaged
     */
    public JsonObject schedulerConfig() {
        return Json.readPythonObject(schedulerFile());
    }

    /**
     * Builds the sampler that the model names. As in diffusers (pipeline_stable_diffusion.py), a steps_offset other than 1 and a
     * clip_sample of true, which old files have, are corrected.
     *
     * @return the sampler
     * @throws InvalidInputException if the file is damaged or names a sampler that is not supported
     */
    public Scheduler scheduler() {
        try {
            SchedulerConfig config = SchedulerConfig.fromJson(schedulerConfig());
            return Schedulers.from(
                    config.toBuilder().stepsOffset(1).clipSample(false).build());
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException(schedulerFile() + ": " + e.getMessage(), e);
        }
    }

    /**
     * Returns the list of the model's parts.
     *
     * @return a copy of the content of model_index.json
     */
    public JsonObject modelIndex() {
        return modelIndex.deepCopy();
    }

    /**
     * Checks by configurations and tokenizer that the parts fit together; no weights are read.
     *
     * @throws InvalidInputException listing all that does not fit, or if a file is damaged
     */
    public void checkParts() {
        PipelineParts.check(unetConfig(), vaeConfig(), textEncoderConfig(), CLIPTokenizer.load(tokenizer()));
    }

    /** Leaves the variant out for a part that has no weights of it while another has, as a fine-tuned UNet in its base model. */
    ModelOptions options(PipelineComponent part, ModelOptions options) {
        boolean without = !part.hasWeights(path, options.variant());
        boolean anotherHas = Stream.of(PipelineComponent.values()).anyMatch(p -> p.hasWeights(path, options.variant()));
        return without && anotherHas ? options.withVariant(null) : options;
    }

    private Path schedulerFile() {
        return folder(PipelineComponent.SCHEDULER).resolve(PipelineComponent.SCHEDULER.configFile());
    }

    private Path folder(PipelineComponent component) {
        return path.resolve(component.folder());
    }
}
