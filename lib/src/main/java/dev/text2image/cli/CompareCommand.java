package dev.text2image.cli;

import dev.text2image.data.images.Images;
import dev.text2image.io.InvalidInputException;
import dev.text2image.nn.Precision;
import dev.text2image.pipelines.GenerationRequest;
import dev.text2image.pipelines.StableDiffusionPipeline;
import dev.text2image.plots.ImageGrid;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Draws the same texts from the same noise with two models, one picture above the other. */
@Command(name = "compare", description = "Draws the same prompts with the same seed by two models, into one picture.")
final class CompareCommand implements Runnable {
    private static final int BATCH = 25;

    @Option(names = "--before", required = true, description = "Directory of the first model, shown above.")
    private Path before = Path.of("");

    @Option(names = "--after", required = true, description = "Directory of the second model, shown below.")
    private Path after = Path.of("");

    @Option(names = "--prompt", required = true, arity = "1..*", description = "One or more texts to draw.")
    private List<String> prompts = List.of();

    @Option(names = "--output", required = true, description = "The PNG file to write.")
    private Path output = Path.of("");

    @Option(names = "--columns", description = "Prompts in a row (default: ${DEFAULT-VALUE}).")
    private int columns = 8;

    @Option(
            names = "--cell",
            description = "Width of a picture in points, of two pixels each (default: ${DEFAULT-VALUE}).")
    private int cell = 96;

    @Option(names = "--seed", description = "Seed of the noise (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Mixin
    private DrawingOptions drawing = new DrawingOptions();

    @Override
    public void run() {
        if (columns < 1 || cell < 1) {
            throw new InvalidInputException(
                    "columns is " + columns + " and cell is " + cell + "; both must be at least 1.");
        }
        List<BufferedImage> first = drawing.with(before, Precision.FP32, this::draw);
        List<BufferedImage> second = drawing.withLoras(after, Precision.FP32, this::draw);
        Images.writePng(grid(first, second), output);
        System.out.println("Picture: " + output);
    }

    private List<BufferedImage> draw(StableDiffusionPipeline pipeline) {
        List<BufferedImage> images = new ArrayList<>();
        for (int from = 0; from < prompts.size(); from += BATCH) {
            List<String> part = prompts.subList(from, Math.min(from + BATCH, prompts.size()));
            GenerationRequest request = drawing.request(part).seed(seed + from).build();
            images.addAll(pipeline.generate(request).images());
        }
        return images;
    }

    private BufferedImage grid(List<BufferedImage> first, List<BufferedImage> second) {
        int width = Math.min(columns, prompts.size());
        ImageGrid grid = new ImageGrid(width, cell);
        for (int from = 0; from < prompts.size(); from += width) {
            int to = Math.min(from + width, prompts.size());
            first.subList(from, to).forEach(image -> grid.add(image, ""));
            for (int i = to; i < from + width; i++) {
                grid.add(blank(), "");
            }
            for (int i = from; i < to; i++) {
                grid.add(second.get(i), prompts.get(i));
            }
        }
        return grid.image();
    }

    /** Fills the last row, so that the row below it begins at the left. */
    private BufferedImage blank() {
        BufferedImage blank = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
        blank.setRGB(0, 0, 0xffffff);
        return blank;
    }
}
