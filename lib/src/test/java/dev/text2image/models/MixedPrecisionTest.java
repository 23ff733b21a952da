package dev.text2image.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.text2image.io.JsonFields;
import dev.text2image.nn.NumberFormats;
import dev.text2image.nn.Precision;
import dev.text2image.nn.Weights;
import dev.text2image.nn.graph.Checkpointing;
import dev.text2image.nn.graph.ForwardPass;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.Torch;
import java.nio.file.Path;
import java.util.Objects;
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

    private static double outputErrorUnderAutocast(String pipeline, Precision precision) {
        JsonFields pipelines = JsonFields.read(Fixtures.DIRECTORY.resolve("mixed_precision.json"));
        return pipelines.fields(pipeline).orElseThrow().number(precision.flagName());
    }

    /** A pass of a UNet: its output, and the gradients of all weights in one row. */
    private record Pass(NDArray output, NDArray gradient) {}

    private Pass pass(String pipeline, Precision precision, Fixtures inputs) {
        return pass(pipeline, NumberFormats.autocast(precision), Precision.FP32, Checkpointing.NONE, inputs);
    }

    private Pass pass(
            String pipeline, NumberFormats formats, Precision leaves, Checkpointing checkpointing, Fixtures inputs) {
        Path unet = Fixtures.DIRECTORY.resolve(pipeline).resolve("unet");
        try (UNet2DConditionModel model =
                UNet2DConditionModel.fromPretrained(unet, TinyPipeline.OPTIONS.withFormats(formats))) {
            model.weights().requireGradients(leaves);
            try (Autograd.Scope recording = Autograd.record();
                    ForwardPass pass = model.train(
                            manager,
                            inputs.get("unet.square.sample"),
                            inputs.get("unet.square.timesteps"),
                            inputs.get("unet.square.encoder_hidden_states"),
                            checkpointing)) {
                NDArray output = pass.output();
                pass.backward(output.sub(inputs.get("gradient.target")).square().mean());
                NDArray kept = Autograd.detach(output);
                kept.attach(manager);
                return new Pass(kept, gradient(model.weights()));
            }
        }
    }

    private NDArray gradient(Weights weights) {
        NDList gradients = new NDList();
        weights.leaves().forEach((name, leaf) -> {
            NDArray gradient = Objects.requireNonNull(Autograd.gradient(leaf), name);
            gradients.add(gradient.flatten().toType(DataType.FLOAT32, false));
        });
        NDArray row = NDArrays.concat(gradients);
        row.attach(manager);
        return row;
    }

    /**
     * Roundings add up along the paths of a network, the more so the longer they are; counted in units of a rounding, 2^-8 in bfloat16 and
     * 2^-11 in half precision, their sum is about the same in both formats and on all processors.
     */
    @ParameterizedTest
    @CsvSource({"tiny-sd1,BF16,30", "tiny-sd1,FP16,30", "tiny-sd2,BF16,200", "tiny-sd2,FP16,200"})
    void theUnetLosesNoMoreThanItsRoundings(String pipeline, Precision precision, int units) {
        double unit = precision == Precision.BF16 ? 0x1p-8 : 0x1p-11;
        try (Fixtures inputs = new Fixtures(manager, pipeline + ".safetensors")) {
            Pass full = pass(pipeline, Precision.FP32, inputs);
            Pass low = pass(pipeline, precision, inputs);
            assertThat(error(low.output(), full.output()))
                    .isPositive()
                    .isLessThan(1.5 * outputErrorUnderAutocast(pipeline, precision));
            assertThat(error(low.gradient(), full.gradient())).isPositive().isLessThan(units * unit);
        }
    }

    /** Copies save the casts of each pass and change no bit. */
    @ParameterizedTest
    @EnumSource(Checkpointing.class)
    void copiesInHalfPrecisionGiveWhatCastsGive(Checkpointing checkpointing) {
        NumberFormats half = new NumberFormats(Precision.FP16, Precision.FP16, Precision.FP32);
        try (Fixtures inputs = new Fixtures(manager, "tiny-sd1.safetensors")) {
            Pass cast = pass("tiny-sd1", half, Precision.FP32, checkpointing, inputs);
            Pass copied = pass("tiny-sd1", half, Precision.FP16, checkpointing, inputs);
            assertThat(copied.output().toFloatArray()).isEqualTo(cast.output().toFloatArray());
            assertThat(copied.gradient().toFloatArray())
                    .isEqualTo(cast.gradient().toFloatArray());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"BF16", "FP16"})
    void frozenModelsTakeHalfTheMemoryAndGiveTheSameUpToRounding(Precision precision) {
        ModelOptions half = TinyPipeline.OPTIONS.withAllIn(precision);
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
    void weightsInAnotherFormatThanTheModelsAreRefused() {
        Path unet = TinyPipeline.fixture("unet");
        try (UNet2DConditionModel half =
                        UNet2DConditionModel.fromPretrained(unet, TinyPipeline.OPTIONS.withAllIn(Precision.BF16));
                UNet2DConditionModel full = UNet2DConditionModel.fromPretrained(unet, TinyPipeline.OPTIONS);
                Fixtures inputs = new Fixtures(manager, "tiny-sd1.safetensors")) {
            assertThatThrownBy(() -> half.forward(
                            full.weights(),
                            inputs.get("unet.square.sample"),
                            inputs.get("unet.square.timesteps"),
                            inputs.get("unet.square.encoder_hidden_states")))
                    .hasMessageContaining("The weights are in FP32")
                    .hasMessageContaining("UNet2DConditionModel was loaded to compute with weights in BF16");
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
        ModelOptions half = TinyPipeline.OPTIONS.withAllIn(Precision.BF16);
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
        assertThatThrownBy(() -> NumberFormats.FP32.withWeights(Precision.BF16))
                .hasMessageContaining("Weights in BF16 need matrix work in BF16, but the precision is FP32");
    }
}
