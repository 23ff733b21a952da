package dev.text2image.pipelines;

import dev.text2image.io.ComponentWeights;
import dev.text2image.io.PickledWeights;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The parts that every Stable Diffusion model has, each in a folder of its own. */
enum PipelineComponent {
    SCHEDULER("scheduler", "diffusers", "PNDMScheduler", "scheduler_config.json", ""),
    TEXT_ENCODER("text_encoder", "transformers", "CLIPTextModel", "config.json", "model"),
    TOKENIZER("tokenizer", "transformers", "CLIPTokenizer", "tokenizer_config.json", ""),
    UNET("unet", "diffusers", "UNet2DConditionModel", "config.json", "diffusion_pytorch_model"),
    VAE("vae", "diffusers", "AutoencoderKL", "config.json", "diffusion_pytorch_model");

    private final String folder;
    private final String library;
    private final String className;
    private final String configFile;
    private final String weightBase;

    PipelineComponent(String folder, String library, String className, String configFile, String weightBase) {
        this.folder = folder;
        this.library = library;
        this.className = className;
        this.configFile = configFile;
        this.weightBase = weightBase;
    }

    /** The folder's name, which is also the key in model_index.json. */
    String folder() {
        return folder;
    }

    /** The Python library that has the class, as model_index.json names it. */
    String library() {
        return library;
    }

    /** The class that model_index.json names; a scheduler's is only the usual one. */
    String className() {
        return className;
    }

    /** What the names of its weight files begin with; empty for a part without weights. */
    String weightBase() {
        return weightBase;
    }

    String configFile() {
        return configFile;
    }

    static Optional<PipelineComponent> ofFolder(String name) {
        return Stream.of(values()).filter(part -> part.folder.equals(name)).findFirst();
    }

    /** Names the files that a model lacks for this part, relative to the model's directory. */
    List<String> missingFrom(Path model) {
        Path directory = model.resolve(folder);
        if (!Files.isDirectory(directory)) {
            return List.of("the folder " + folder);
        }
        List<String> missing = new ArrayList<>();
        if (this == TOKENIZER) {
            boolean complete = isFile(directory, "tokenizer.json")
                    || (isFile(directory, "vocab.json") && isFile(directory, "merges.txt"));
            return complete
                    ? missing
                    : List.of("tokenizer/vocab.json and tokenizer/merges.txt, or tokenizer/tokenizer.json");
        }
        if (!isFile(directory, configFile)) {
            missing.add(folder + "/" + configFile);
        }
        if (!weightBase.isEmpty() && !hasWeights(directory)) {
            List<String> pickles = PickledWeights.in(directory);
            missing.add(folder + "/" + weightBase + ".safetensors"
                    + (pickles.isEmpty() ? "" : " (" + String.join(", ", pickles) + " is pickled)"));
        }
        return missing;
    }

    /** Says whether a model has weights of a variant, or plain ones if it is null, for this part. */
    boolean hasWeights(Path model, @Nullable String variant) {
        return !weightBase.isEmpty() && ComponentWeights.exist(model.resolve(folder), weightBase, variant);
    }

    private boolean hasWeights(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .anyMatch(name -> name.startsWith(weightBase) && name.endsWith(".safetensors"));
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot list " + directory + ": " + e.getMessage(), e);
        }
    }

    private static boolean isFile(Path directory, String name) {
        return Files.isRegularFile(directory.resolve(name));
    }
}
