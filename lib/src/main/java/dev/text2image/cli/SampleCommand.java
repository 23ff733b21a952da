package dev.text2image.cli;

import dev.text2image.models.ModelOptions;
import dev.text2image.nn.Precision;
import dev.text2image.pipelines.GeneratedImages;
import dev.text2image.pipelines.GenerationRequest;
import dev.text2image.pipelines.StableDiffusionPipeline;
import dev.text2image.torch.Torch;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Draws images with a model. */
@Command(
        name = "sample",
        description = "Draws images with a Stable Diffusion model.",
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class SampleCommand implements Callable<Integer> {
    @Option(
            names = "--pretrained_model_name_or_path",
            required = true,
            description = "Model directory, in diffusers layout.")
    private String model = "";

    @Option(names = "--prompt", required = true, arity = "1..*", description = "One or more texts to draw.")
    private List<String> prompts = List.of();

    @Option(names = "--negative_prompt", description = "What the images should not show.")
    private String negativePrompt = "";

    @Option(
            names = "--output_dir",
            defaultValue = "samples",
            description = "Where the PNG files go (default: ${DEFAULT-VALUE}).")
    private Path output = Path.of("");

    @Option(names = "--num_images_per_prompt", defaultValue = "1", description = "Images of each text (default: 1).")
    private int imagesPerPrompt;

    @Option(names = "--num_inference_steps", defaultValue = "50", description = "Denoising steps (default: 50).")
    private int steps;

    @Option(
            names = "--guidance_scale",
            defaultValue = "7.5",
            description = "How closely the text is followed (default: 7.5).")
    private double guidance;

    @Option(names = "--seed", description = "Seed of the first latents; random if absent.")
    private @Nullable Long seed;

    @Option(names = "--height", description = "Height in pixels; the model's own if absent.")
    private @Nullable Integer height;

    @Option(names = "--width", description = "Width in pixels; the model's own if absent.")
    private @Nullable Integer width;

    @Option(names = "--scheduler", description = "pndm, ddim or ddpm; the model's own if absent.")
    private @Nullable String scheduler;

    @Option(names = "--mixed_precision", defaultValue = "no", description = "no, bf16 or fp16 (default: no).")
    private Precision precision = Precision.FP32;

    @Option(names = "--variant", description = "Variant of the weight files, such as fp16; the plain ones if absent.")
    private @Nullable String variant;

    @Option(names = "--device", defaultValue = "auto", description = "auto, cpu, cuda or cuda:N (default: auto).")
    private String device = "auto";

    @Override
    public Integer call() {
        GenerationRequest request = GenerationRequest.of(prompts)
                .negativePrompt(negativePrompt)
                .numInferenceSteps(steps)
                .guidanceScale(guidance)
                .seed(seed)
                .height(height)
                .width(width)
                .numImagesPerPrompt(imagesPerPrompt)
                .build();
        Path directory = Path.of(model);
        ModelOptions options = ModelOptions.defaults()
                .withDevice(Torch.device(device))
                .withPrecision(precision)
                .withVariant(variant);
        Samplers.check(scheduler);
        try (StableDiffusionPipeline pipeline = StableDiffusionPipeline.fromPretrained(directory, options)) {
            GeneratedImages images = Samplers.with(pipeline, scheduler).generate(request);
            images.notes().forEach(System.err::println);
            images.save(output).forEach(System.out::println);
        }
        return 0;
    }
}
