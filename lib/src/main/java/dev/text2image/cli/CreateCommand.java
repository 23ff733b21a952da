package dev.text2image.cli;

import dev.text2image.io.InvalidInputException;
import dev.text2image.io.JsonFields;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.models.CLIPTextModel;
import dev.text2image.models.ModelOptions;
import dev.text2image.models.UNet2DConditionModel;
import dev.text2image.models.networks.CLIPTextConfig;
import dev.text2image.models.networks.UNet2DConditionConfig;
import dev.text2image.pipelines.PipelineDirectory;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.tokenizers.CLIPTokenizer;
import dev.text2image.torch.Torch;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Puts a small model with a trained autoencoder and otherwise random weights together: the second step of making a base model. */
@Command(
        name = "create",
        description =
                "Makes a small Stable Diffusion model from a trained autoencoder, a tokenizer and random weights; train it"
                        + " with: train --train_text_encoder.")
final class CreateCommand implements Runnable {
    private static final int LEVELS = 3;

    @Option(names = "--vae", required = true, description = "Directory of the autoencoder.")
    private Path vaeDirectory = Path.of("");

    @Option(names = "--tokenizer", required = true, description = "Directory of the tokenizer.")
    private Path tokenizerDirectory = Path.of("");

    @Option(names = "--output_dir", required = true, description = "Where the model is written.")
    private Path output = Path.of("");

    @Option(
            names = "--block_out_channels",
            split = ",",
            defaultValue = "64,128,128",
            description = "Channels of the UNet's levels (default: ${DEFAULT-VALUE}).")
    private List<Integer> channels = List.of();

    @Option(names = "--text_size", description = "Size of a text embedding (default: ${DEFAULT-VALUE}).")
    private int textSize = 64;

    @Option(names = "--seed", description = "Seed of the weights (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Override
    public void run() {
        if (channels.size() != LEVELS) {
            throw new InvalidInputException(
                    "block_out_channels has " + channels.size() + " numbers, but must have " + LEVELS + ".");
        }
        ModelOptions options = ModelOptions.defaults();
        CLIPTokenizer tokenizer = CLIPTokenizer.load(tokenizerDirectory);
        Torch.seed(seed);
        try (AutoencoderKL vae = AutoencoderKL.fromPretrained(vaeDirectory, options);
                CLIPTextModel text = CLIPTextModel.create(textConfig(tokenizer), options);
                UNet2DConditionModel unet = UNet2DConditionModel.create(unetConfig(vae), options)) {
            PipelineDirectory.create(output, unet, vae, text, tokenizer, SchedulerConfig.stableDiffusion());
            System.out.printf(
                    "UNet %,d, text encoder %,d, VAE %,d parameters, saved in %s%n",
                    unet.parameterCount(), text.parameterCount(), vae.parameterCount(), output);
        }
    }

    private CLIPTextConfig textConfig(CLIPTokenizer tokenizer) {
        CLIPTextConfig config = new CLIPTextConfig(
                tokenizer.vocabularySize(),
                textSize,
                4 * textSize,
                2,
                4,
                tokenizer.maxLength(),
                CLIPTextConfig.Activation.QUICK_GELU,
                1e-5);
        return CLIPTextConfig.fromJson(JsonFields.of(output, config.toJson()));
    }

    private UNet2DConditionConfig unetConfig(AutoencoderKL vae) {
        List<String> down = List.of("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D");
        List<String> up = List.of("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D");
        UNet2DConditionConfig config = new UNet2DConditionConfig(
                vae.config().sampleSize() / vae.config().downsamplingFactor(),
                vae.config().latentChannels(),
                vae.config().latentChannels(),
                down,
                up,
                channels,
                1,
                List.of(4, 4, 4),
                textSize,
                false,
                false,
                32,
                1e-5,
                true,
                0);
        return UNet2DConditionConfig.fromJson(JsonFields.of(output, config.toJson()));
    }
}
