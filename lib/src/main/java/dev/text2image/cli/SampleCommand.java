package dev.text2image.cli;

import dev.text2image.nn.MixedPrecision;
import dev.text2image.nn.Precision;
import dev.text2image.nn.PrecisionSpeed;
import dev.text2image.pipelines.GeneratedImages;
import dev.text2image.pipelines.GenerationRequest;
import dev.text2image.pipelines.GenerationRequestBuilder;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Draws images with a model. */
@Command(name = "sample", description = "Draws images with a Stable Diffusion model.")
final class SampleCommand implements Runnable {
    @Option(
            names = "--pretrained_model_name_or_path",
            required = true,
            description = "Model directory, in diffusers layout.")
    private Path model = Path.of("");

    @Option(names = "--prompt", required = true, arity = "1..*", description = "One or more texts to draw.")
    private List<String> prompts = List.of();

    @Option(names = "--negative_prompt", description = "What the images should not show.")
    private String negativePrompt = "";

    @Option(names = "--output_dir", description = "Where the PNG files go (default: ${DEFAULT-VALUE}).")
    private Path output = Path.of("samples");

    @Option(names = "--num_images_per_prompt", description = "Images of each text (default: ${DEFAULT-VALUE}).")
    private int imagesPerPrompt = 1;

    @Mixin
    private DrawingOptions drawing = new DrawingOptions();

    @Option(names = "--seed", description = "Seed of the first latents; random if absent.")
    private @Nullable Long seed;

    @Option(names = "--height", description = "Height in pixels; the model's own if absent.")
    private @Nullable Integer height;

    @Option(names = "--width", description = "Width in pixels; the model's own if absent.")
    private @Nullable Integer width;

    @Option(
            names = "--mixed_precision",
            defaultValue = "no",
            description = "no, bf16, fp16, or auto, what is fastest on the device (default: ${DEFAULT-VALUE}).")
    private MixedPrecision mixedPrecision = MixedPrecision.NO;

    @Override
    public void run() {
        GenerationRequestBuilder request = drawing.request(prompts)
                .negativePrompt(negativePrompt)
                .height(height)
                .width(width)
                .numImagesPerPrompt(imagesPerPrompt);
        if (seed != null) {
            request.seed(seed);
        }
        GenerationRequest checked = request.build();
        GeneratedImages images = drawing.withLoras(model, precision(), pipeline -> pipeline.generate(checked));
        images.notes().forEach(System.err::println);
        images.save(output).forEach(System.out::println);
    }

    private Precision precision() {
        PrecisionSpeed.Work work = PrecisionSpeed.Work.INFERENCE;
        Precision precision = mixedPrecision.or(() -> PrecisionSpeed.fastest(drawing.device(), work));
        PrecisionSpeed.warning(precision, drawing.device(), work).ifPresent(System.err::println);
        return precision;
    }
}
