package dev.text2image.cli;

import dev.text2image.models.AutoencoderKL;
import dev.text2image.models.CLIPTextModel;
import dev.text2image.models.ModelOptions;
import dev.text2image.models.UNet2DConditionModel;
import dev.text2image.pipelines.PipelineDirectory;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Writes a model in half precision, to be shipped: the last step of making a base model. */
@Command(
        name = "halve",
        description = "Writes a copy of a model with its weights in float16, half the size.",
        mixinStandardHelpOptions = true)
final class HalveCommand implements Callable<Integer> {
    @Option(names = "--pretrained_model_name_or_path", required = true, description = "Model directory.")
    private Path model = Path.of("");

    @Option(names = "--output_dir", required = true, description = "Where the copy is written.")
    private Path output = Path.of("");

    @Override
    public Integer call() {
        PipelineDirectory source = PipelineDirectory.open(model);
        ModelOptions options = ModelOptions.defaults();
        try (UNet2DConditionModel unet = UNet2DConditionModel.fromPretrained(source.unet(), options);
                AutoencoderKL vae = AutoencoderKL.fromPretrained(source.vae(), options);
                CLIPTextModel text = CLIPTextModel.fromPretrained(source.textEncoder(), options)) {
            source.copyWith(
                    output, Map.of("unet", unet::saveHalf, "vae", vae::saveHalf, "text_encoder", text::saveHalf));
        }
        System.out.println("Half-precision model: " + output);
        return 0;
    }
}
