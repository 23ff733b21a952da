package dev.text2image.cli;

import dev.text2image.io.AtomicFiles;
import dev.text2image.io.InvalidInputException;
import dev.text2image.models.ModelOptions;
import dev.text2image.pipelines.GenerationRequest;
import dev.text2image.pipelines.StableDiffusionPipeline;
import dev.text2image.plots.ImageGrid;
import dev.text2image.torch.Torch;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Draws the same texts from the same noise with two models, one picture above the other. */
@Command(
        name = "compare",
        description = "Draws the same prompts with the same seed by two models, into one picture.",
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class CompareCommand implements Callable<Integer> {
    private static final int BATCH = 25;

    @Option(names = "--before", required = true, description = "Directory of the first model, shown above.")
    private Path before = Path.of("");

    @Option(names = "--after", required = true, description = "Directory of the second model, shown below.")
    private Path after = Path.of("");

    @Option(names = "--prompt", required = true, arity = "1..*", description = "One or more texts to draw.")
    private List<String> prompts = List.of();

    @Option(names = "--output", required = true, description = "The PNG file to write.")
    private Path output = Path.of("");

    @Option(names = "--columns", defaultValue = "8", description = "Prompts in a row (default: ${DEFAULT-VALUE}).")
    private int columns;

    @Option(
            names = "--cell",
            defaultValue = "96",
            description = "Width of a picture in points, of two pixels each (default: ${DEFAULT-VALUE}).")
    private int cell;

    @Option(names = "--num_inference_steps", defaultValue = "50", description = "Denoising steps (default: 50).")
    private int steps;

    @Option(
            names = "--guidance_scale",
            defaultValue = "7.5",
            description = "How closely the text is followed (default: 7.5).")
    private double guidance;

    @Option(names = "--seed", defaultValue = "0", description = "Seed of the noise (default: 0).")
    private long seed;

    @Option(names = "--scheduler", description = "pndm, ddim or ddpm; each model's own if absent.")
    private @Nullable String scheduler;

    @Option(names = "--variant", description = "Variant of the weight files, such as fp16; the plain ones if absent.")
    private @Nullable String variant;

    @Option(names = "--device", defaultValue = "auto", description = "auto, cpu, cuda or cuda:N (default: auto).")
    private String device = "auto";

    @Override
    public Integer call() {
        Samplers.check(scheduler);
        if (columns < 1 || cell < 1) {
            throw new InvalidInputException(
                    "columns is " + columns + " and cell is " + cell + "; both must be at least 1.");
        }
        BufferedImage picture = grid(draw(before), draw(after));
        AtomicFiles.writeFile(output, place -> ImageIO.write(picture, "png", place.toFile()));
        System.out.println("Picture: " + output);
        return 0;
    }

    private List<BufferedImage> draw(Path model) {
        ModelOptions options =
                ModelOptions.defaults().withDevice(Torch.device(device)).withVariant(variant);
        List<BufferedImage> images = new ArrayList<>();
        try (StableDiffusionPipeline pipeline = StableDiffusionPipeline.fromPretrained(model, options)) {
            for (int from = 0; from < prompts.size(); from += BATCH) {
                GenerationRequest request = GenerationRequest.of(
                                prompts.subList(from, Math.min(from + BATCH, prompts.size())))
                        .numInferenceSteps(steps)
                        .guidanceScale(guidance)
                        .seed(seed + from)
                        .build();
                images.addAll(
                        Samplers.with(pipeline, scheduler).generate(request).images());
            }
        }
        return images;
    }

    /** Rows of the first model's pictures, each with the second model's and the prompts below it. */
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
