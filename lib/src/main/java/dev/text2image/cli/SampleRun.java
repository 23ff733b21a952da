package dev.text2image.cli;

import dev.text2image.data.formats.ImageReader;
import dev.text2image.data.formats.PngText;
import dev.text2image.data.images.Images;
import dev.text2image.data.images.Transparency;
import dev.text2image.io.AtomicFiles;
import dev.text2image.lora.WeightedLora;
import dev.text2image.pipelines.GeneratedImages;
import dev.text2image.pipelines.GenerationRequest;
import dev.text2image.pipelines.GenerationRequestBuilder;
import dev.text2image.pipelines.StableDiffusionPipeline;
import dev.text2image.plots.ImageGrid;
import dev.text2image.progress.Progress;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Draws pictures into files, in batches, and passes over those that are there already. */
final class SampleRun {
    /** What the last one shows beyond this would be too small to see. */
    private static final int MOST_ON_A_SHEET = 100;

    private final StableDiffusionPipeline pipeline;
    private final String model;
    private final LoraUse loras;
    private final Path directory;
    private final FileTime newestWeights;
    private String imageHash = "";

    /**
     * A picture to draw.
     *
     * @param request one prompt with one seed
     * @param fileName its file in the directory
     */
    record Picture(GenerationRequest request, String fileName) {}

    /**
     * Prepares a run.
     *
     * @param pipeline the model with its sampler and LoRA files
     * @param model where the model was loaded from; pictures that are older than its files, or those of LoRA, are drawn again
     * @param loras the LoRA files, and when they begin to count
     * @param directory where the pictures go
     */
    SampleRun(StableDiffusionPipeline pipeline, Path model, LoraUse loras, Path directory) {
        this.pipeline = pipeline;
        this.model = Recipe.name(model);
        this.loras = loras;
        this.directory = directory;
        this.newestWeights = Stream.concat(
                        Stream.of(model), loras.files().stream().map(WeightedLora::file))
                .flatMap(SampleRun::files)
                .map(SampleRun::changed)
                .max(FileTime::compareTo)
                .orElse(FileTime.fromMillis(0));
    }

    /** The files in a directory, or a file itself; none for a name of the hub, whose files never change. */
    private static Stream<Path> files(Path place) {
        if (!Files.exists(place)) {
            return Stream.empty();
        }
        try (Stream<Path> found = Files.walk(place, 2)) {
            return found.filter(Files::isRegularFile).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot list " + place + ": " + e, e);
        }
    }

    private static FileTime changed(Path file) {
        try {
            return Files.getLastModifiedTime(file);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file + ": " + e, e);
        }
    }

    /**
     * Draws what is missing, and prints the files. A batch that lacks a picture is drawn whole, so that a run that was stopped gives the
     * pictures of one that was not.
     *
     * @param batches pictures that are drawn at once, all of the same settings but for prompts and seeds
     * @param anySeed whether a file with another seed is as good
     * @throws dev.text2image.io.InvalidInputException if the model cannot draw them; nothing has been drawn then
     */
    void draw(List<List<Picture>> batches, boolean anySeed) {
        List<Picture> pictures = all(batches);
        GenerationRequest first = pictures.get(0).request();
        pipeline.imageSize(first); // checks all that they have in common
        imageHash = Recipe.hash(first.initImage());
        Set<Picture> missing = pictures.stream()
                .filter(picture -> !isDrawn(picture, anySeed))
                .collect(Collectors.toCollection(LinkedHashSet::new));
        if (missing.size() < pictures.size()) {
            System.err.println(pictures.size() - missing.size() + " of " + pictures.size() + " images are in "
                    + directory + " already.");
        }
        try (Progress progress = Progress.start("images", missing.size())) {
            for (List<Picture> batch : batches) {
                List<Picture> wanted = batch.stream().filter(missing::contains).toList();
                if (!wanted.isEmpty()) {
                    drawBatch(batch, wanted);
                    progress.steps(wanted.size(), "");
                }
            }
        }
        pictures.forEach(picture -> System.out.println(file(picture)));
    }

    private static List<Picture> all(List<List<Picture>> batches) {
        return batches.stream().flatMap(List::stream).toList();
    }

    private Path file(Picture picture) {
        return directory.resolve(picture.fileName());
    }

    private boolean isDrawn(Picture picture, boolean anySeed) {
        Path file = file(picture);
        try {
            if (!Files.isRegularFile(file) || Files.getLastModifiedTime(file).compareTo(newestWeights) < 0) {
                return false;
            }
            Recipe found = new Recipe(PngText.read(file, Recipe.KEYWORD).orElse(""));
            Recipe wanted = recipe(picture.request());
            return found.equals(anySeed ? wanted.withSeed(found.seed()) : wanted);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file + ": " + e, e);
        }
    }

    private Recipe recipe(GenerationRequest request) {
        return Recipe.of(request, pipeline.scheduler(), model, loras, pipeline.imageSize(request), imageHash);
    }

    private void drawBatch(List<Picture> batch, List<Picture> wanted) {
        List<GenerationRequest> each = batch.stream().map(Picture::request).toList();
        GenerationRequest all = GenerationRequestBuilder.builder(each.get(0))
                .prompts(each.stream().flatMap(one -> one.prompts().stream()).toList())
                .negativePrompt("")
                .negativePrompts(
                        each.stream().map(GenerationRequest::negativePrompt).toList())
                .seeds(each.stream().flatMap(one -> one.seeds().stream()).toList())
                .build();
        GeneratedImages drawn = pipeline.generate(all);
        drawn.notes().stream().distinct().forEach(System.err::println);
        for (Picture picture : wanted) {
            write(drawn.images().get(batch.indexOf(picture)), picture);
        }
    }

    private void write(BufferedImage image, Picture picture) {
        byte[] png = Images.toPng(Images.fromBufferedImage(image, Transparency.DROP));
        byte[] withRecipe =
                PngText.add(png, Recipe.KEYWORD, recipe(picture.request()).text());
        AtomicFiles.writeFile(file(picture), place -> Files.write(place, withRecipe));
    }

    /**
     * Writes contact-sheet.png if there is more than one picture.
     *
     * @param batches the pictures, which are drawn
     */
    void writeSheet(List<List<Picture>> batches) {
        List<Picture> pictures = all(batches).stream().limit(MOST_ON_A_SHEET).toList();
        if (pictures.size() == 1) {
            return;
        }
        List<BufferedImage> images = new ArrayList<>();
        List<String> captions = new ArrayList<>();
        for (Picture picture : pictures) {
            images.add(Images.toBufferedImage(ImageReader.read(file(picture))));
            captions.add(picture.request().prompts().get(0));
        }
        Path sheet = directory.resolve("contact-sheet.png");
        Images.writePng(ImageGrid.of(images, captions), sheet);
        System.out.println(sheet);
    }
}
