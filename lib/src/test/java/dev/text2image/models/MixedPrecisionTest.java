package dev.text2image.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.text2image.io.Json;
import dev.text2image.io.JsonFields;
import dev.text2image.nn.Checkpointing;
import dev.text2image.nn.ForwardPass;
import dev.text2image.nn.Precision;
import dev.text2image.nn.Weights;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.Torch;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Half precision against float32, and against what torch.autocast makes of the same weights. */
class MixedPrecisionTest {
    @TempDir
    private Path directory;

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = Torch.newManager(Device.cpu());
    }

    @AfterEach
    void close() {
        manager.close();
    }

    /** Root mean square of the difference, relative to that of the expected values. */
    private static double error(NDArray actual, NDArray expected) {
        return Math.sqrt(actual.sub(expected).square().mean().getFloat()
                / expected.square().mean().getFloat());
    }

    private static JsonFields autocast(String pipeline, Precision precision) {
        Path file = Fixtures.DIRECTORY.resolve("mixed_precision.json");
        String name = precision.name().toLowerCase(Locale.ROOT);
        return JsonFields.of(
                file, Json.readObject(file).getAsJsonObject(pipeline).getAsJsonObject(name));
    }

    @ParameterizedTest
    @CsvSource({"tiny-sd1,BF16", "tiny-sd1,FP16", "tiny-sd2,BF16", "tiny-sd2,FP16"})
    void theUnetLosesNoMoreThanUnderAutocast(String pipeline, Precision precision) {
        ModelOptions options = TinyPipeline.OPTIONS.withPrecision(precision);
        JsonFields autocast = autocast(pipeline, precision);
        Path unet = Fixtures.DIRECTORY.resolve(pipeline).resolve("unet");
        try (UNet2DConditionModel model = UNet2DConditionModel.fromPretrained(unet, options);
                Fixtures expected = new Fixtures(manager, pipeline + ".safetensors")) {
            model.weights().requireGradients(true);
            try (Autograd.Scope recording = Autograd.record();
                    ForwardPass pass = model.train(
                            manager,
                            expected.get("unet.square.sample"),
                            expected.get("unet.square.timesteps"),
                            expected.get("unet.square.encoder_hidden_states"),
                            Checkpointing.NONE)) {
                double error = error(pass.output(), expected.get("unet.square.output"));
                assertThat(error).isPositive().isLessThan(1.25 * autocast.number("output_error"));
                NDArray loss = pass.output()
                        .sub(expected.get("gradient.target"))
                        .square()
                        .mean();
                double wanted = autocast.number("loss");
                assertThat((double) loss.getFloat()).isCloseTo(wanted, within(5e-3 * wanted));
                pass.backward(loss);
            }
            double wanted = autocast.number("gradient_norm");
            double tolerance = precision == Precision.BF16 ? 0.05 : 2e-3;
            assertThat(norm(model.weights())).isCloseTo(wanted, within(tolerance * wanted));
        }
    }

    private static double norm(Weights weights) {
        double squares = 0;
        for (NDArray leaf : weights.leaves().values()) {
            try (NDArray gradient = Autograd.gradient(leaf)) {
                assertThat(gradient).isNotNull();
                squares += gradient.square().sum().getFloat();
            }
        }
        return Math.sqrt(squares);
    }

    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"BF16", "FP16"})
    void frozenModelsTakeHalfTheMemoryAndGiveTheSameUpToRounding(Precision precision) {
        ModelOptions half = TinyPipeline.OPTIONS.withPrecision(precision).withWeights(precision);
        double tolerance = precision == Precision.BF16 ? 3e-2 : 4e-3;
        Path vae = TinyPipeline.fixture("vae");
        Path text = TinyPipeline.fixture("text_encoder");
        try (AutoencoderKL autoencoder = AutoencoderKL.fromPretrained(vae, half);
                CLIPTextModel encoder = CLIPTextModel.fromPretrained(text, half);
                Fixtures expected = new Fixtures(manager, "tiny-sd1.safetensors")) {
            assertThat(autoencoder.weights().bytes()).isEqualTo(2 * autoencoder.parameterCount());
            assertThat(encoder.weights().bytes()).isEqualTo(2 * encoder.parameterCount());
            NDArray mean =
                    autoencoder.encode(expected.get("vae.square.pixel_values")).mean();
            assertThat(error(mean, expected.get("vae.square.mean")))
                    .isPositive()
                    .isLessThan(tolerance);
            NDArray decoded = autoencoder.decode(expected.get("vae.square.latents"));
            assertThat(error(decoded, expected.get("vae.square.decoded")))
                    .isPositive()
                    .isLessThan(tolerance);
            NDArray states = encoder.forward(expected.get("text.input_ids"));
            assertThat(error(states, expected.get("text.last_hidden_state")))
                    .isPositive()
                    .isLessThan(tolerance);
        }
    }

    @Test
    void weightsInFloat32TakeFourBytesEach() {
        try (AutoencoderKL model = AutoencoderKL.fromPretrained(TinyPipeline.fixture("vae"), TinyPipeline.OPTIONS)) {
            assertThat(model.weights().bytes()).isEqualTo(4 * model.parameterCount());
        }
    }

    @Test
    void aModelInHalfPrecisionIsNeitherSavedNorTrained() {
        ModelOptions half = TinyPipeline.OPTIONS.withPrecision(Precision.BF16).withWeights(Precision.BF16);
        try (AutoencoderKL model = AutoencoderKL.fromPretrained(TinyPipeline.fixture("vae"), half);
                Weights copy = model.weights().copy()) {
            assertThat(copy.bytes()).isEqualTo(model.weights().bytes());
            assertThatThrownBy(() -> model.save(directory.resolve("vae")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("kept in BF16")
                    .hasMessageContaining("load the model with weights in FP32");
            assertThatThrownBy(() -> model.saveHalf(directory.resolve("vae"))).hasMessageContaining("kept in BF16");
            assertThatThrownBy(() -> model.weights().requireGradients(true)).hasMessageContaining("cannot be trained");
        }
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void weightsInAnotherFormatThanTheWorkAreRefused() {
        assertThatThrownBy(() -> TinyPipeline.OPTIONS.withWeights(Precision.BF16))
                .hasMessageContaining("Weights in BF16 need matrix work in BF16, but the precision is FP32");
    }
}
