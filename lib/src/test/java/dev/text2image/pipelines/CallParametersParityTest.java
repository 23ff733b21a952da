package dev.text2image.pipelines;

import static dev.text2image.testing.Fixtures.assertClose;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.text2image.data.images.Images;
import dev.text2image.data.images.RgbImage;
import dev.text2image.io.Json;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.models.CLIPTextModel;
import dev.text2image.models.UNet2DConditionModel;
import dev.text2image.models.networks.CLIPTextConfig;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.samplers.Schedulers;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.tokenizers.CLIPTokenizer;
import dev.text2image.torch.Torch;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a request can ask for, against the final latents of diffusers' pipelines (make_pipeline_fixtures.py). */
class CallParametersParityTest {
    private static final double TOLERANCE = 1e-3;

    @TempDir
    private static Path directory;

    private static List<StableDiffusionPipeline> pipelines = List.of();

    private final NDManager manager = Torch.newManager(Device.cpu());

    @BeforeAll
    static void load() {
        pipelines = List.of(load(1), load(2));
    }

    @AfterAll
    static void closePipelines() {
        pipelines.forEach(StableDiffusionPipeline::close);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private static Path model(int generation) {
        return Fixtures.DIRECTORY.resolve("tiny-sd" + generation);
    }

    private Fixtures fixtures(int generation) {
        return new Fixtures(manager, "pipeline-sd" + generation + ".safetensors");
    }

    private static GenerationRequestBuilder request(Fixtures expected) {
        List<Long> seeds =
                Arrays.stream(expected.get("seeds").toLongArray()).boxed().toList();
        return GenerationRequest.of(expected.get("prompt_embeds"))
                .negativePromptEmbeds(expected.get("negative_prompt_embeds"))
                .numInferenceSteps(12)
                .guidanceScale(5)
                .seeds(seeds);
    }

    /** The fixture's UNet and autoencoder; with embeddings given, a text encoder is only there to be of the right size. */
    private static StableDiffusionPipeline load(int generation) {
        Path model = model(generation);
        Path place = directory.resolve("sd" + generation);
        try (UNet2DConditionModel unet =
                        UNet2DConditionModel.fromPretrained(model.resolve("unet"), TinyPipeline.OPTIONS);
                AutoencoderKL vae = AutoencoderKL.fromPretrained(model.resolve("vae"), TinyPipeline.OPTIONS);
                CLIPTextModel text = CLIPTextModel.create(
                        new CLIPTextConfig(
                                49408,
                                unet.config().crossAttentionDim(),
                                8,
                                1,
                                4,
                                77,
                                CLIPTextConfig.Activation.GELU,
                                1e-5),
                        TinyPipeline.OPTIONS)) {
            PipelineDirectory.create(
                    place, unet, vae, text, CLIPTokenizer.load(TinyPipeline.TOKENIZER), config(generation));
        }
        return StableDiffusionPipeline.fromPretrained(place, TinyPipeline.OPTIONS);
    }

    /** As the model's file has it: what it does not state is the sampler's own. */
    private static SchedulerConfig config(int generation) {
        Path file = model(generation).resolve("scheduler/scheduler_config.json");
        return SchedulerConfig.fromJson(Json.readObject(file));
    }

    private NDArray draw(int generation, String sampler, GenerationRequest request) {
        return pipelines
                .get(generation - 1)
                .withScheduler(Schedulers.named(sampler, config(generation)))
                .generateLatents(manager, request);
    }

    private static BufferedImage image(Fixtures expected) {
        NDArray pixels = expected.get("image"); // (h, w, 3)
        byte[] bytes = pixels.toType(DataType.UINT8, false).toByteArray();
        return Images.toBufferedImage(RgbImage.of((int) pixels.size(1), (int) pixels.size(0), bytes));
    }

    @ParameterizedTest
    @CsvSource({"1,pndm", "1,euler-a", "2,pndm", "2,euler-a"})
    void eachImageHasASeed(int generation, String sampler) {
        try (Fixtures expected = fixtures(generation)) {
            NDArray latents = draw(
                    generation, sampler, request(expected).height(16).width(24).build());
            assertClose(latents, expected.get("text." + sampler), TOLERANCE);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void etaDrawsFromTheSeeds(int generation) {
        try (Fixtures expected = fixtures(generation)) {
            GenerationRequest request =
                    request(expected).height(16).width(24).eta(0.6).build();
            assertClose(draw(generation, "ddim", request), expected.get("text.ddim.eta"), TOLERANCE);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aCallbackChangesTheLatentsAndStops(int generation) {
        StepCallback callback = step -> switch (step.index()) {
            case 2 -> step.withLatents(step.latents().div(2));
            case 5 -> step.stop();
            default -> step;
        };
        try (Fixtures expected = fixtures(generation)) {
            GenerationRequest request =
                    request(expected).height(16).width(24).callback(callback).build();
            assertClose(draw(generation, "ddim", request), expected.get("text.ddim.callback"), TOLERANCE);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1,pndm", "1,ddim", "1,ddpm", "1,euler", "1,euler-a", "1,heun", "1,dpm++-2m", "1,unipc", //
        "2,pndm", "2,ddim", "2,ddpm", "2,euler", "2,euler-a", "2,heun", "2,dpm++-2m", "2,unipc"
    })
    void imageToImage(int generation, String sampler) {
        try (Fixtures expected = fixtures(generation)) {
            for (String strength : List.of("1.0", "0.92", "0.6", "0.3")) {
                GenerationRequest request = request(expected)
                        .initImage(image(expected))
                        .strength(Double.parseDouble(strength))
                        .build();
                NDArray latents = draw(generation, sampler, request);
                assertClose(latents, expected.get("image." + sampler + "." + strength), TOLERANCE);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1", "1,2", "2,1", "2,2"})
    void clipSkipLeavesOutTheLastLayers(int generation, int layers) {
        Path encoder = model(generation).resolve("text_encoder");
        try (Fixtures expected = fixtures(generation);
                CLIPTextModel text = CLIPTextModel.fromPretrained(encoder, TinyPipeline.OPTIONS)) {
            NDArray ids = expected.get("input_ids").get("0:2");
            assertClose(text.forward(text.weights(), ids, layers), expected.get("clip_skip_" + layers), 1e-4);
        }
    }
}
