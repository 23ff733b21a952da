package dev.text2image.cli;

import dev.text2image.io.InvalidInputException;
import dev.text2image.pipelines.PipelineDirectory;
import dev.text2image.pipelines.SingleFileModel;
import dev.text2image.schedulers.PredictionType;
import dev.text2image.singlefile.SingleFile;
import dev.text2image.singlefile.SingleFileWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Writes a model in the other layout: a directory as a single file, or a single file as a directory. */
@Command(
        name = "convert",
        description =
                "Writes a Stable Diffusion model as one safetensors file with the original names, or such a file as a"
                        + " directory in the layout of diffusers.")
final class ConvertCommand implements Runnable {
    @Option(
            names = "--pretrained_model_name_or_path",
            required = true,
            description = "Model directory, name on the hub, or safetensors file; of an autoencoder alone as well.")
    private Path model = Path.of("");

    @Option(
            names = "--output",
            required = true,
            description = "What is written: a file if it ends in .safetensors, else a directory.")
    private Path output = Path.of("");

    @Option(
            names = "--prediction_type",
            description = "What the UNet of a file predicts: epsilon or v_prediction; if absent, noise (epsilon), but"
                    + " velocity for Stable Diffusion 2.")
    private @Nullable PredictionType prediction;

    @Option(
            names = "--config",
            description =
                    "Directory of a model whose configurations, tokenizer and sampler a file of another shape than"
                            + " Stable Diffusion's is read with.")
    private @Nullable Path config;

    @Option(names = "--variant", description = "Variant of a directory's weight files, such as fp16.")
    private @Nullable String variant;

    @Override
    public void run() {
        if (String.valueOf(output.getFileName()).endsWith(".safetensors")) {
            PipelineDirectory source = Files.isRegularFile(model)
                    ? new SingleFileModel(model, prediction, config).open()
                    : PipelineDirectory.open(model, null, variant, Set.of());
            SingleFileWriter.write(output, source.path(), variant);
        } else if (Files.isRegularFile(model)) {
            writeDirectory();
        } else {
            throw new InvalidInputException(
                    "output is " + output + " and the model is no file, so there is nothing to convert;"
                            + " name an output that ends in .safetensors, or a model that is such a file.");
        }
        System.out.println("Converted: " + output);
    }

    private void writeDirectory() {
        try (SingleFile file = SingleFile.open(model, prediction, config)) {
            if (file.isAutoencoder()) {
                file.folders().forEach(folder -> file.write(folder, output));
                return;
            }
        }
        new SingleFileModel(model, prediction, config).write(output);
    }
}
