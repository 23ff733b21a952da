package dev.text2image.data.loading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.text2image.data.formats.ImageReader;
import dev.text2image.data.images.Interpolation;
import dev.text2image.data.images.RgbImage;
import dev.text2image.io.InvalidInputException;
import dev.text2image.testing.TestFiles;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ImageTransformsTest {
    private static final RgbImage IMAGE =
            ImageReader.read(TestFiles.resource("parity/images").resolve("rgb.png"));

    @Test
    void transformsScaleAndCropAtRandom() {
        ImageTransforms transforms = new ImageTransforms(17, false, false, Interpolation.LANCZOS);
        RgbImage square = transforms.transform(IMAGE, new Random(5));
        Random random = new Random(5);
        int top = random.nextInt(1);
        int left = random.nextInt(7);
        assertThat(square).isEqualTo(IMAGE.crop(left, top, 17, 17));
        float[] values = transforms.apply(IMAGE, new Random(5));
        assertThat(values).hasSize(3 * 17 * 17);
        assertThat(values[17 * 17 * 2 + 17 * 3 + 4]).isEqualTo(((square.rgb(4, 3) & 0xff) / 255f - 0.5f) / 0.5f);
        assertThatThrownBy(() -> ImageTransforms.centered(512).resizedSize(100_000, 1))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("too long: 100000 x 1");
    }
}
