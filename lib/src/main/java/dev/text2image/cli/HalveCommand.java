package dev.text2image.cli;

import dev.text2image.pipelines.PipelineDirectory;
import dev.text2image.pipelines.StableDiffusionPipeline;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Writes a model in half precision, to be shipped: the last step of making a base model. */
@Command(name = "halve", description = "Writes a copy of a model with its weights in float16, half the size.")
final class HalveCommand implements Runnable {
    @Option(names = "--pretrained_model_name_or_path", required = true, description = "Model directory.")
    private Path model = Path.of("");

    @Option(names = "--output_dir", required = true, description = "Where the copy is written.")
    private Path output = Path.of("");

    @Override
    public void run() {
        PipelineDirectory source = PipelineDirectory.open(model);
        try (StableDiffusionPipeline parts = StableDiffusionPipeline.fromPretrained(model)) {
            source.copyWith(
                    output,
                    Map.of(
                            "unet", parts.unet()::saveHalf,
                            "vae", parts.vae()::saveHalf,
                            "text_encoder", parts.textEncoder()::saveHalf));
        }
        System.out.println("Half-precision model: " + output);
    }
}
