package dev.text2image.testing;

import ai.djl.Device;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.models.CLIPTextModel;
import dev.text2image.models.ModelOptions;
import dev.text2image.models.UNet2DConditionModel;
import dev.text2image.models.networks.CLIPTextConfig;
import dev.text2image.pipelines.PipelineDirectory;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.tokenizers.CLIPTokenizer;
import dev.text2image.torch.Torch;
import java.nio.file.Path;

/**
 * A small pipeline that takes texts: UNet and VAE of the fixture tiny-sd1, CLIP's tokenizer, and a text encoder with its 49,408
 * tokens and random weights. Images are 16 × 16.
 */
public final class TinyPipeline {
    /** The CPU, float32. */
    public static final ModelOptions OPTIONS = ModelOptions.defaults().withDevice(Device.cpu());
    /** CLIP's tokenizer, as the notebooks ship it. */
    public static final Path TOKENIZER = Path.of("../notebooks/models/clip-tokenizer");

    private static final CLIPTextConfig TEXT_CONFIG =
            new CLIPTextConfig(49408, 32, 64, 2, 4, 77, CLIPTextConfig.Activation.QUICK_GELU, 1e-5);

    private TinyPipeline() {}

    /** Makes the text encoder; the same numbers each time. */
    public static CLIPTextModel textEncoder() {
        Torch.seed(0);
        return CLIPTextModel.create(TEXT_CONFIG, OPTIONS);
    }

    /** The directory of a component of tiny-sd1. */
    public static Path fixture(String component) {
        return Fixtures.DIRECTORY.resolve("tiny-sd1").resolve(component);
    }

    /** Writes the pipeline; the same numbers each time. */
    public static PipelineDirectory write(Path target) {
        try (UNet2DConditionModel unet = UNet2DConditionModel.fromPretrained(fixture("unet"), OPTIONS);
                AutoencoderKL vae = AutoencoderKL.fromPretrained(fixture("vae"), OPTIONS);
                CLIPTextModel textEncoder = textEncoder()) {
            return PipelineDirectory.create(
                    target, unet, vae, textEncoder, CLIPTokenizer.load(TOKENIZER), SchedulerConfig.stableDiffusion());
        }
    }
}
