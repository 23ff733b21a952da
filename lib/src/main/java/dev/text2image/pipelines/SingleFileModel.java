package dev.text2image.pipelines;

import dev.text2image.hub.Hub;
import dev.text2image.io.ContentHash;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.PickledWeights;
import dev.text2image.progress.Progress;
import dev.text2image.schedulers.PredictionType;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.singlefile.SingleFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A model of Stable Diffusion 1 or 2 in one safetensors file with the original names. It is used as a copy in the layout of diffusers,
 * so that all that takes a directory takes a file. Tokenizer and sampler, which such a file lacks, are the usual ones.
 *
 * @param file the file
 * @param prediction what the UNet predicts; null for noise, or velocity for Stable Diffusion 2
 * @param config the directory of a model in the layout of diffusers whose configurations, sampler and tokenizer are taken, as for a
 *     model of another shape than Stable Diffusion's; null for the usual ones
 */
public record SingleFileModel(
        Path file,
        @Nullable PredictionType prediction,
        @Nullable Path config) {
    private static final String ENDING = ".safetensors";
    private static final int HASH_LENGTH = 16;

    /**
     * Opens the model: its copy beside the hub's cache, which is made once for a file, takes as much space again and may be deleted at
     * any time.
     *
     * @return the copy
     * @throws InvalidInputException if the file is pickled, another kind of file, or lacks a tensor, has others or of other shapes
     */
    public PipelineDirectory open() {
        Path copy = place();
        return Files.isRegularFile(copy.resolve(PipelineDirectory.INDEX_FILE))
                ? PipelineDirectory.openDirectory(copy)
                : write(copy);
    }

    private Path place() {
        try {
            String name = String.valueOf(file.getFileName()).replaceFirst("\\.[^.]*$", "");
            String state = file.toRealPath() + "\n" + Files.size(file) + "\n" + Files.getLastModifiedTime(file) + "\n"
                    + prediction + "\n" + (config == null ? "" : config.toRealPath());
            Path cache = Hub.shared().settings().cache().resolveSibling("text2image");
            return cache.resolve(name + "-" + ContentHash.of(state).substring(0, HASH_LENGTH));
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /**
     * Writes the model in the layout of diffusers. Progress is reported as {@code "convert"}, one step for each of its models.
     *
     * @param target the new model's directory, which is made if need be; each part replaces one of the same name as a whole
     * @return the written model
     * @throws InvalidInputException as for {@link #open}; then nothing has changed
     * @throws UncheckedIOException if a file cannot be written
     */
    public PipelineDirectory write(Path target) {
        try (SingleFile model = SingleFile.open(file, prediction, config)) {
            if (model.isAutoencoder()) {
                throw new InvalidInputException(
                        file + " holds an autoencoder alone; write it with ./run convert and put it"
                                + " in the place of a model's folder vae.");
            }
            SchedulerConfig scheduler = model.scheduler(prediction, config);
            Map<PipelineComponent, Consumer<Path>> writers = new LinkedHashMap<>();
            try (Progress progress = Progress.start("convert", model.folders().size())) {
                for (String folder : model.folders()) {
                    writers.put(PipelineComponent.ofFolder(folder).orElseThrow(), place -> {
                        model.write(folder, place);
                        progress.step();
                    });
                }
                writers.put(PipelineComponent.TOKENIZER, place -> writeTokenizer(model, place));
                writers.put(PipelineComponent.SCHEDULER, place -> PipelineDirectory.saveScheduler(place, scheduler));
                PipelineWriter.create(target, writers);
            }
        }
        return PipelineDirectory.openDirectory(target);
    }

    private void writeTokenizer(SingleFile model, Path place) {
        Path given = config == null ? null : config.resolve(PipelineComponent.TOKENIZER.folder());
        if (given != null && Files.isDirectory(given)) {
            PipelineWriter.copyFiles(given, place);
        } else {
            model.writeTokenizer(place);
        }
    }

    /** Says by its name whether a file may be a model, pickled or not. */
    static boolean mayBeModel(Path path) {
        return Files.isRegularFile(path)
                && (String.valueOf(path.getFileName()).endsWith(ENDING) || PickledWeights.isPickled(path));
    }
}
