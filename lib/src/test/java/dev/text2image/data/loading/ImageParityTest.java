package dev.text2image.data.loading;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.text2image.data.formats.ImageReader;
import dev.text2image.data.images.Images;
import dev.text2image.data.images.Interpolation;
import dev.text2image.data.images.RgbImage;
import dev.text2image.data.images.Transparency;
import dev.text2image.testing.ShowsEffectOf;
import dev.text2image.testing.TestFiles;
import java.awt.Dimension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Decoding and resizing against Pillow and torchvision (make_image_fixtures.py). */
class ImageParityTest {
    private static final Path IMAGES = TestFiles.resource("parity/images");

    private static Stream<JsonObject> decode() throws Exception {
        return cases("decode.json");
    }

    private static Stream<JsonObject> resize() throws Exception {
        return cases("resize.json");
    }

    private static Stream<JsonObject> cases(String name) throws Exception {
        String json = Files.readString(IMAGES.resolve(name));
        return StreamSupport.stream(
                        JsonParser.parseString(json).getAsJsonArray().spliterator(), false)
                .map(element -> element.getAsJsonObject());
    }

    @ParameterizedTest
    @MethodSource("decode")
    void decodesLikePillow(JsonObject example) throws Exception {
        Path file = file(example, "file");
        equal(ImageReader.read(file), file(example, "expected"));
        if (example.has("white")) {
            RgbImage onWhite = ImageReader.read(Files.readAllBytes(file), "on white", Transparency.ON_WHITE);
            equal(onWhite, file(example, "white"));
        }
    }

    @ParameterizedTest
    @MethodSource("resize")
    @ShowsEffectOf({"resolution", "center_crop", "image_interpolation_mode"})
    void resizesAndCropsLikeTorchvision(JsonObject example) {
        Interpolation interpolation =
                Interpolation.of(example.get("interpolation").getAsString());
        ImageTransforms transforms =
                new ImageTransforms(example.get("resolution").getAsInt(), true, false, interpolation);
        RgbImage image = ImageReader.read(file(example, "file"));
        Dimension size = transforms.resizedSize(image.width(), image.height());
        equal(Images.resize(image, size.width, size.height, interpolation), file(example, "resized"));
        equal(transforms.transform(image, new Random(0)), file(example, "cropped"));
    }

    private static Path file(JsonObject example, String key) {
        return IMAGES.resolve(example.get(key).getAsString());
    }

    private static void equal(RgbImage image, Path expected) {
        RgbImage other = ImageReader.read(expected);
        assertThat(List.of(image.width(), image.height())).isEqualTo(List.of(other.width(), other.height()));
        assertThat(image.pixels()).isEqualTo(other.pixels());
    }
}
