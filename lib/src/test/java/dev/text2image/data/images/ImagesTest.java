package dev.text2image.data.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.data.formats.ImageReader;
import dev.text2image.testing.TestFiles;
import java.awt.Rectangle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ImagesTest {
    private static final RgbImage IMAGE =
            ImageReader.read(TestFiles.resource("parity/images").resolve("rgb.png"));

    @Test
    void tensorsComeBackTheSame() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray tensor = Images.toTensor(manager, IMAGE);
            assertThat(tensor.getShape()).isEqualTo(new Shape(3, 17, 23));
            assertThat(tensor.getFloat(1, 2, 3)).isEqualTo((((IMAGE.rgb(3, 2) >> 8) & 0xff) / 255f - 0.5f) / 0.5f);
            assertThat(Images.fromTensor(tensor)).isEqualTo(IMAGE);
        }
    }

    @Test
    void tensorsAreCutOffAndRoundedHalfToEven() {
        try (NDManager manager = NDManager.newBaseManager()) {
            // Times 255: below 0, exactly 96.5, exactly 127.5, 255, exactly 128.5, above 255.
            float[] values = {-7, -0.24313721f, 0, 1, 0.007843135f, 9};
            NDArray tensor = manager.create(values, new Shape(3, 1, 2));
            assertThat(Images.fromTensor(tensor).rgb(0, 0)).isEqualTo(0x008080);
            assertThat(Images.fromTensor(tensor).rgb(1, 0)).isEqualTo(0x60ffff);
            assertThatThrownBy(() -> Images.fromTensor(tensor.reshape(1, 3, 1, 2)))
                    .hasMessageContaining("(3, height, width)");
        }
    }

    @Test
    void javaImagesAndFilesComeBackTheSame(@TempDir Path directory) throws Exception {
        assertThat(Images.fromBufferedImage(Images.toBufferedImage(IMAGE), Transparency.DROP))
                .isEqualTo(IMAGE);
        Path file = directory.resolve("new/image.png");
        Images.writePng(IMAGE.flip(), file);
        Images.writePng(IMAGE, file);
        assertThat(ImageReader.read(file)).isEqualTo(IMAGE);
        try (Stream<Path> files = Files.list(directory.resolve("new"))) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void cropsAndMirrors() {
        RgbImage part = IMAGE.crop(2, 3, 5, 4);
        assertThat(part.rgb(4, 1)).isEqualTo(IMAGE.rgb(6, 4));
        assertThat(IMAGE.flip().rgb(0, 5)).isEqualTo(IMAGE.rgb(22, 5));
        assertThatThrownBy(() -> IMAGE.crop(20, 0, 5, 4)).hasMessageContaining("not inside");
    }

    @ParameterizedTest
    @EnumSource(Interpolation.class)
    void aPartIsResizedAsTheWholeIs(Interpolation interpolation) {
        for (int[] size : new int[][] {{9, 7}, {23, 40}, {60, 17}, {61, 50}, {23, 17}}) {
            RgbImage whole = Images.resize(IMAGE, size[0], size[1], interpolation);
            for (Rectangle part : List.of(new Rectangle(9, 7), new Rectangle(3, 2, 5, 4), new Rectangle(8, 6, 1, 1))) {
                assertThat(Images.resize(IMAGE, size[0], size[1], interpolation, part))
                        .isEqualTo(whole.crop(part.x, part.y, part.width, part.height));
            }
        }
        assertThatThrownBy(() -> Images.resize(IMAGE, 9, 7, interpolation, new Rectangle(3, 2, 7, 1)))
                .hasMessageContainingAll("7 x 1", "(3, 2)", "not inside of 9 x 7");
    }

    @Test
    void samplesThatDoNotFitTheSizeAreRefused() {
        assertThat(Images.fromSamples(1, 1, 2, new byte[] {100, 0}, Transparency.ON_WHITE))
                .isEqualTo(RgbImage.of(1, 1, new byte[] {-1, -1, -1}));
        assertThatThrownBy(() -> Images.fromSamples(2, 1, 2, new byte[5], Transparency.DROP))
                .hasMessageContainingAll("2 x 1", "of 2 samples", "have 5");
    }

    @Test
    void anUnknownInterpolationIsRefused() {
        assertThatThrownBy(() -> Interpolation.of("cubic")).hasMessageContaining("bicubic");
    }
}
