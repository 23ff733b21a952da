package dev.text2image.models;

import static dev.text2image.testing.Fixtures.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.nn.Weights;
import dev.text2image.pipelines.StableDiffusionPipeline;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.Torch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Models that compute with their files, without a copy in memory. */
@EnabledOnOs(OS.LINUX)
class WeightsInFilesTest {
    private static final double TOLERANCE = 1e-5;
    private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";
    private static final ModelOptions OPTIONS = TinyPipeline.OPTIONS.withWeightsInFiles();

    @TempDir
    private Path directory;

    private NDManager manager;
    private Fixtures expected;

    @BeforeEach
    void open() {
        manager = Torch.newManager(Device.cpu());
        expected = new Fixtures(manager, "tiny-sd1.safetensors");
    }

    @AfterEach
    void close() {
        expected.close();
        manager.close();
    }

    private Path copy(String component) throws IOException {
        Path source = TinyPipeline.fixture(component);
        Path target = Files.createDirectories(directory.resolve(component));
        try (var files = Files.list(source)) {
            for (Path file : files.toList()) {
                Files.copy(file, target.resolve(file.getFileName()));
            }
        }
        return target.toRealPath();
    }

    /** What this process holds of files in a directory, in KiB. */
    private static long resident(Path place) throws IOException {
        long sum = 0;
        boolean within = false;
        for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
            if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
                within = line.contains(place.toString());
            } else if (within && line.startsWith("Rss:")) {
                sum += Long.parseLong(line.replaceAll("[^0-9]", ""));
            }
        }
        return sum;
    }

    private void assertEncodes(AutoencoderKL model) {
        assertClose(
                model.encode(expected.get("vae.square.pixel_values")).mean(),
                expected.get("vae.square.mean"),
                TOLERANCE);
    }

    private NDArray[] unetInputs() {
        return new NDArray[] {
            expected.get("unet.odd.sample"),
            expected.get("unet.odd.timesteps"),
            expected.get("unet.odd.encoder_hidden_states")
        };
    }

    @Test
    void theNumbersAreDiffusers() throws IOException {
        try (CLIPTextModel text = CLIPTextModel.fromPretrained(copy("text_encoder"), OPTIONS);
                AutoencoderKL vae = AutoencoderKL.fromPretrained(copy("vae"), OPTIONS);
                UNet2DConditionModel unet = UNet2DConditionModel.fromPretrained(copy("unet"), OPTIONS)) {
            assertThat(new PretrainedModel[] {text, vae, unet})
                    .allMatch(model -> model.weights().areInFiles());
            assertClose(
                    text.forward(expected.get("text.input_ids")), expected.get("text.last_hidden_state"), TOLERANCE);
            assertEncodes(vae);
            assertClose(vae.decode(expected.get("vae.square.latents")), expected.get("vae.square.decoded"), TOLERANCE);
            NDArray[] inputs = unetInputs();
            assertClose(unet.forward(inputs[0], inputs[1], inputs[2]), expected.get("unet.odd.output"), TOLERANCE);
        }
    }

    @Test
    void whatAPassHasReadLeavesTheMemory() throws IOException {
        Path place = copy("vae");
        try (AutoencoderKL model = AutoencoderKL.fromPretrained(place, OPTIONS)) {
            model.weights().tensors().values().forEach(tensor -> tensor.sum().close());
            assertThat(resident(place)).isPositive();
            assertEncodes(model);
            model.decode(expected.get("vae.square.latents"));
            assertThat(resident(place)).isZero();
        }
    }

    @Test
    void closingLeavesNothingInMemory() throws IOException {
        Path place = copy("vae");
        try (AutoencoderKL model = AutoencoderKL.fromPretrained(place, OPTIONS)) {
            model.weights().tensors().values().forEach(tensor -> tensor.sum().close());
            assertThat(resident(place)).isPositive();
        }
        assertThat(resident(place)).isZero();
    }

    @Test
    void aPassKeepsNoneOfItsValues() throws IOException {
        try (UNet2DConditionModel model = UNet2DConditionModel.fromPretrained(copy("unet"), OPTIONS)) {
            NDArray[] inputs = unetInputs();
            int before = manager.getManagedArrays().size();
            model.forward(inputs[0], inputs[1], inputs[2]).close();
            assertThat(manager.getManagedArrays()).hasSize(before);
        }
    }

    @Test
    void filesMayBeReplacedAndDeletedMeanwhile() throws IOException {
        Path place = copy("vae");
        try (AutoencoderKL model = AutoencoderKL.fromPretrained(place, OPTIONS)) {
            model.save(place);
            assertEncodes(model);
            Files.delete(place.resolve(WEIGHTS));
            assertEncodes(model);
        }
    }

    /** The format allows a header of any length; a processor may refuse numbers that do not lie at multiples of their size. */
    @Test
    void numbersBesideTheirGridAreCopied() throws IOException {
        Path file = copy("vae").resolve(WEIGHTS);
        byte[] aligned = Files.readAllBytes(file);
        ByteBuffer old = ByteBuffer.wrap(aligned).order(ByteOrder.LITTLE_ENDIAN);
        int data = Long.BYTES + (int) old.getLong(0);
        ByteBuffer moved = ByteBuffer.allocate(aligned.length + 1).order(ByteOrder.LITTLE_ENDIAN);
        moved.putLong(old.getLong(0) + 1).put(aligned, Long.BYTES, data - Long.BYTES);
        moved.put((byte) ' ').put(aligned, data, aligned.length - data);
        Files.write(file, moved.array());
        try (AutoencoderKL model = AutoencoderKL.fromPretrained(file.resolveSibling(""), OPTIONS)) {
            assertThat(model.weights().areInFiles()).isFalse();
            assertEncodes(model);
        }
    }

    @Test
    void changedWeightsLeaveTheMemoryLikeTheOthers() throws IOException {
        Path place = copy("text_encoder");
        NDArray ids = expected.get("text.input_ids");
        try (CLIPTextModel model = CLIPTextModel.fromPretrained(place, OPTIONS)) {
            Map.Entry<String, Shape> layer =
                    model.layers().entrySet().iterator().next();
            Shape shape = layer.getValue();
            NDArray down = manager.ones(new Shape(1, shape.get(1)));
            NDArray up = manager.ones(new Shape(shape.get(0), 1));
            try (Weights changed =
                    model.weights().changed(Map.of(layer.getKey() + ".weight", new Weights.Change(down, up, 1)))) {
                NDArray other = model.forward(changed, ids);
                assertThat(resident(place)).isZero();
                assertThat(other.sub(model.forward(ids)).abs().max().getFloat()).isGreaterThan(1e-3f);
            }
            assertClose(model.forward(ids), expected.get("text.last_hidden_state"), TOLERANCE);
        }
    }

    @Test
    void aPipelineCopiesOnlyWhatRunsAtEachStep() {
        Path place = directory.resolve("pipeline");
        TinyPipeline.write(place);
        try (StableDiffusionPipeline pipeline = StableDiffusionPipeline.fromPretrained(place, TinyPipeline.OPTIONS)) {
            assertThat(pipeline.textEncoder().weights().areInFiles()).isTrue();
            assertThat(pipeline.vae().weights().areInFiles()).isTrue();
            assertThat(pipeline.unet().weights().areInFiles()).isFalse();
        }
    }

    @Test
    void halfPrecisionFilesAreCopied() throws IOException {
        Path place = directory.resolve("half");
        try (AutoencoderKL model = AutoencoderKL.fromPretrained(TinyPipeline.fixture("vae"), TinyPipeline.OPTIONS)) {
            model.saveHalf(place);
        }
        try (AutoencoderKL model = AutoencoderKL.fromPretrained(place, OPTIONS)) {
            assertThat(model.weights().areInFiles()).isFalse();
        }
    }

    @Test
    void theyAreNotTrained() throws IOException {
        try (AutoencoderKL model = AutoencoderKL.fromPretrained(copy("vae"), OPTIONS)) {
            assertThatThrownBy(() -> model.weights().requireGradients(true))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("take a copy of them");
        }
    }

    @Test
    void aCopyIsInMemoryAndCanBeChanged() throws IOException {
        try (AutoencoderKL model = AutoencoderKL.fromPretrained(copy("vae"), OPTIONS);
                Weights copy = model.weights().copy();
                Autograd.Scope pause = Autograd.pause()) {
            assertThat(copy.areInFiles()).isFalse();
            copy.requireGradients(true);
            copy.tensors().values().forEach(tensor -> tensor.subi(tensor.duplicate()));
            assertEncodes(model);
        }
    }
}
