package dev.text2image.models;

import static dev.text2image.testing.Fixtures.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.text2image.nn.graph.Checkpointing;
import dev.text2image.nn.graph.ForwardPass;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.ShowsEffectOf;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.Torch;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The networks against the numbers of diffusers and transformers for the same weights. */
class ModelParityTest {
    private static final double TOLERANCE = 1e-5;
    private static final ModelOptions OPTIONS = ModelOptions.defaults().withDevice(Device.cpu());

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = Torch.newManager(Device.cpu());
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private static Path component(String pipeline, String name) {
        return Fixtures.DIRECTORY.resolve(pipeline).resolve(name);
    }

    @ParameterizedTest
    @CsvSource({"tiny-sd1,tiny-sd1", "tiny-sd2,tiny-sd2", "tiny-sd1-old-names,tiny-sd1"})
    void textHiddenStates(String pipeline, String numbers) {
        try (CLIPTextModel model = CLIPTextModel.fromPretrained(component(pipeline, "text_encoder"), OPTIONS);
                Fixtures expected = new Fixtures(manager, numbers + ".safetensors")) {
            NDArray actual = model.forward(expected.get("text.input_ids"));
            assertClose(actual, expected.get("text.last_hidden_state"), TOLERANCE);
        }
    }

    @ParameterizedTest
    @CsvSource({"tiny-sd1,tiny-sd1", "tiny-sd2,tiny-sd2", "tiny-sd1-old-names,tiny-sd1"})
    void autoencoder(String pipeline, String numbers) {
        try (AutoencoderKL model = AutoencoderKL.fromPretrained(component(pipeline, "vae"), OPTIONS);
                Fixtures expected = new Fixtures(manager, numbers + ".safetensors")) {
            for (String shape : new String[] {"vae.square.", "vae.wide."}) {
                DiagonalGaussianDistribution actual = model.encode(expected.get(shape + "pixel_values"));
                assertClose(actual.mean(), expected.get(shape + "mean"), TOLERANCE);
                assertClose(actual.logvar(), expected.get(shape + "logvar"), TOLERANCE);
                assertClose(model.decode(expected.get(shape + "latents")), expected.get(shape + "decoded"), TOLERANCE);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"tiny-sd1,tiny-sd1", "tiny-sd2,tiny-sd2", "tiny-sd2-sharded,tiny-sd2"})
    void unetAtSquareWideAndOddSizes(String pipeline, String numbers) {
        try (UNet2DConditionModel model = UNet2DConditionModel.fromPretrained(component(pipeline, "unet"), OPTIONS);
                Fixtures expected = new Fixtures(manager, numbers + ".safetensors")) {
            for (String shape : new String[] {"unet.square.", "unet.wide.", "unet.odd."}) {
                NDArray actual = model.forward(
                        expected.get(shape + "sample"),
                        expected.get(shape + "timesteps"),
                        expected.get(shape + "encoder_hidden_states"));
                assertClose(actual, expected.get(shape + "output"), TOLERANCE);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"fp16"})
    @ShowsEffectOf("variant")
    void aVariantIsReadAndComputedInFloat32(String variant) {
        ModelOptions options = OPTIONS.withVariant(variant);
        try (UNet2DConditionModel model =
                        UNet2DConditionModel.fromPretrained(component("tiny-sd2-sharded", "unet"), options);
                Fixtures expected = new Fixtures(manager, "tiny-sd2.safetensors")) {
            NDArray actual = model.forward(
                    expected.get("unet.square.sample"),
                    expected.get("unet.square.timesteps"),
                    expected.get("unet.square.encoder_hidden_states"));
            assertClose(actual, expected.get("unet.square.output_of_fp16_variant"), TOLERANCE);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "tiny-sd1,NONE",
        "tiny-sd1,SELECTIVE",
        "tiny-sd1,FULL",
        "tiny-sd2,NONE",
        "tiny-sd2,SELECTIVE",
        "tiny-sd2,FULL"
    })
    void gradientsWithAndWithoutCheckpointing(String pipeline, Checkpointing checkpointing) {
        try (UNet2DConditionModel model = UNet2DConditionModel.fromPretrained(component(pipeline, "unet"), OPTIONS);
                Fixtures expected = new Fixtures(manager, pipeline + ".safetensors")) {
            model.weights().requireGradients(true);
            try (Autograd.Scope recording = Autograd.record();
                    ForwardPass pass = model.train(
                            manager,
                            expected.get("unet.square.sample"),
                            expected.get("unet.square.timesteps"),
                            expected.get("unet.square.encoder_hidden_states"),
                            checkpointing)) {
                NDArray loss = pass.output()
                        .sub(expected.get("gradient.target"))
                        .square()
                        .mean();
                assertThat(loss.getFloat())
                        .isCloseTo(expected.get("gradient.loss").getFloat(), within());
                pass.backward(loss);
            }
            model.weights().leaves().forEach((name, leaf) -> compareGradient(expected, name, leaf));
        }
    }

    private static org.assertj.core.data.Offset<Float> within() {
        return org.assertj.core.data.Offset.offset(1e-5f);
    }

    private static void compareGradient(Fixtures expected, String name, NDArray leaf) {
        try (NDArray gradient = Autograd.gradient(leaf)) {
            assertThat(gradient).as(name).isNotNull();
            assertClose(gradient.norm(), expected.get("gradient.norm." + name), TOLERANCE);
            String value = "gradient.value." + name;
            if (expected.names().contains(value)) {
                assertClose(gradient, expected.get(value), TOLERANCE);
            }
        }
    }
}
