package dev.text2image.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.Json;
import dev.text2image.io.SafeTensorsFile;
import dev.text2image.io.SafeTensorsWriter;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.torch.Torch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that fit, files that do not, and what is said about them. */
class ModelFilesTest {
    private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";

    @TempDir
    private Path directory;

    private UNet2DConditionModel load(Path place) {
        return UNet2DConditionModel.fromPretrained(place, TinyPipeline.OPTIONS);
    }

    private Path copyOfUnet() {
        Path place = directory.resolve("unet");
        try (UNet2DConditionModel model = load(TinyPipeline.fixture("unet"))) {
            model.save(place);
        }
        return place;
    }

    @Test
    void savedWeightsAreTheSameBitsUnderTheSameNames() {
        Path place = copyOfUnet();
        try (SafeTensorsFile source =
                        SafeTensorsFile.open(TinyPipeline.fixture("unet").resolve(WEIGHTS));
                SafeTensorsFile copy = SafeTensorsFile.open(place.resolve(WEIGHTS))) {
            assertThat(copy.tensors().keySet()).isEqualTo(source.tensors().keySet());
            assertThat(copy.metadata()).containsEntry("format", "pt");
            source.tensors()
                    .keySet()
                    .forEach(name -> assertThat(copy.data(name)).isEqualTo(source.data(name)));
        }
    }

    @Test
    void theTextEncoderIsWrittenWithThePrefixThatEveryReaderKnows() {
        Path place = directory.resolve("text_encoder");
        try (CLIPTextModel model =
                CLIPTextModel.fromPretrained(TinyPipeline.fixture("text_encoder"), TinyPipeline.OPTIONS)) {
            model.save(place);
        }
        try (SafeTensorsFile file = SafeTensorsFile.open(place.resolve("model.safetensors"))) {
            assertThat(file.tensors().keySet()).allMatch(name -> name.startsWith("text_model."));
        }
    }

    @Test
    void halfPrecisionHalvesTheFileAndLoadsAsFloat32() throws Exception {
        Path place = directory.resolve("half");
        try (UNet2DConditionModel model = load(TinyPipeline.fixture("unet"))) {
            model.saveHalf(place);
        }
        long full = Files.size(TinyPipeline.fixture("unet").resolve(WEIGHTS));
        assertThat(Files.size(place.resolve(WEIGHTS))).isLessThan(full * 6 / 10);
        try (UNet2DConditionModel model = load(place)) {
            assertThat(model.parameterCount()).isPositive();
        }
    }

    @Test
    void missingUnexpectedAndMisshapenTensorsAreListedTogether() {
        Path place = copyOfUnet();
        try (NDManager manager = Torch.newManager(TinyPipeline.OPTIONS.device());
                SafeTensorsFile file = SafeTensorsFile.open(place.resolve(WEIGHTS))) {
            Map<String, NDArray> tensors = new LinkedHashMap<>();
            file.tensors().keySet().forEach(name -> tensors.put(name, file.read(manager, name)));
            tensors.remove("conv_in.bias");
            tensors.put("extra.weight", manager.zeros(new Shape(2)));
            tensors.put("conv_out.bias", manager.zeros(new Shape(5)));
            SafeTensorsWriter.writeArrays(place.resolve(WEIGHTS), tensors);
        }
        assertThatThrownBy(() -> load(place))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("1 tensors missing (conv_in.bias)")
                .hasMessageContaining("1 tensors unexpected (extra.weight)")
                .hasMessageContaining("conv_out.bias (5), expected (4)");
    }

    @Test
    void unsupportedValuesAreListedTogether() {
        Path place = copyOfUnet();
        Path file = place.resolve("config.json");
        JsonObject json = Json.readObject(file);
        json.addProperty("class_embed_type", "timestep");
        json.addProperty("in_channels", 9);
        Json.write(file, json);
        assertThatThrownBy(() -> load(place))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("class_embed_type is \"timestep\"")
                .hasMessageContaining("inpainting");
    }

    @Test
    void pickledWeightsAreNotRead() throws Exception {
        Path place = copyOfUnet();
        Files.move(place.resolve(WEIGHTS), place.resolve("diffusion_pytorch_model.bin"));
        assertThatThrownBy(() -> load(place))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("Pickle is not read");
    }
}
