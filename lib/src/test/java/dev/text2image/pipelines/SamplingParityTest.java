package dev.text2image.pipelines;

import static dev.text2image.testing.Fixtures.assertClose;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.text2image.io.Json;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.models.CLIPTextModel;
import dev.text2image.models.UNet2DConditionModel;
import dev.text2image.progress.Progress;
import dev.text2image.schedulers.NoiseSource;
import dev.text2image.schedulers.SamplingState;
import dev.text2image.schedulers.Scheduler;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.samplers.DDIMScheduler;
import dev.text2image.schedulers.samplers.DDPMScheduler;
import dev.text2image.schedulers.samplers.PNDMScheduler;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.torch.Torch;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Guided sampling of 12 steps against the latents and images of diffusers. */
class SamplingParityTest {
    static final int STEPS = 12;
    static final double TOLERANCE = 1e-3;

    private static Scheduler scheduler(String name, Path pipeline) {
        SchedulerConfig config =
                SchedulerConfig.fromJson(Json.readObject(pipeline.resolve("scheduler/scheduler_config.json")));
        return switch (name) {
            case "pndm" -> PNDMScheduler.from(config);
            case "ddpm" -> DDPMScheduler.from(config);
            default -> DDIMScheduler.from(config);
        };
    }

    /** The embeddings of a fixture's negative prompts and prompts. */
    static NDArray embeddings(Path pipeline, Fixtures fixtures) {
        try (CLIPTextModel text =
                CLIPTextModel.fromPretrained(pipeline.resolve("text_encoder"), TinyPipeline.OPTIONS)) {
            NDArray negative = text.forward(fixtures.get("negative_input_ids"));
            return negative.concat(text.forward(fixtures.get("input_ids")), 0);
        }
    }

    /** Hands out the noises that diffusers drew, one for each step (12, b, c, h, w). */
    static NoiseSource recorded(NDArray noises) {
        int[] next = {0};
        return (manager, shape) -> noises.get(next[0]++);
    }

    @ParameterizedTest
    @CsvSource({
        "1,pndm,0", "1,ddim,0", "1,ddpm,0", "1,ddim_rescaled,0.7", //
        "2,pndm,0", "2,ddim,0", "2,ddpm,0", "2,ddim_rescaled,0.7"
    })
    void latentsAndImages(int generation, String sampler, double rescale) {
        Path pipeline = Fixtures.DIRECTORY.resolve("tiny-sd" + generation);
        Scheduler scheduler = scheduler(sampler, pipeline);
        SamplingState start = scheduler.start(STEPS);
        try (NDManager manager = Torch.newManager(Device.cpu());
                Fixtures expected = new Fixtures(manager, "sampling-sd" + generation + ".safetensors");
                UNet2DConditionModel unet =
                        UNet2DConditionModel.fromPretrained(pipeline.resolve("unet"), TinyPipeline.OPTIONS);
                AutoencoderKL vae = AutoencoderKL.fromPretrained(pipeline.resolve("vae"), TinyPipeline.OPTIONS);
                Progress progress = Progress.start("sample", start.timesteps().size())) {
            NDArray latents = new DenoisingLoop(unet::forward, scheduler, new Guidance(7.5, rescale))
                    .run(
                            start,
                            expected.get("latents"),
                            embeddings(pipeline, expected),
                            recorded(expected.get("ddpm.noises")),
                            StepCallback.NONE,
                            progress);
            assertClose(latents, expected.get(sampler + ".latents"), TOLERANCE);
            NDArray image = LatentImages.decode(vae, latents).div(2).add(0.5f).clip(0, 1);
            assertClose(image, expected.get(sampler + ".image"), TOLERANCE);
        }
    }
}
