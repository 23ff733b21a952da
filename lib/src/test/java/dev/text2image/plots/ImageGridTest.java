package dev.text2image.plots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.text2image.data.CaptionedDataset;
import java.awt.Canvas;
import java.awt.Color;
import java.awt.Font;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ImageGridTest {
    @Test
    void imagesStandInRowsWithTheirCaptions() throws IOException {
        List<BufferedImage> images = List.of(
                gradient(64, 64, 0),
                gradient(512, 512, 90),
                gradient(300, 200, 180),
                gradient(32, 64, 250),
                gradient(8, 8, 30));
        List<String> captions = List.of(
                "a small house",
                "a very long caption that goes on and on about a watercolour painting of a lighthouse at dusk, and on",
                "wide",
                "",
                "Pneumonoultramicroscopicsilicovolcanoconiosis");
        BufferedImage grid = ImageGrid.of(images, captions, 4);
        ChartsTest.save(grid, "grid");
        assertThat(grid.getWidth()).isEqualTo(2 * (12 + 4 * (160 + 12)));
        assertThat(grid.getRGB(0, 0)).isEqualTo(Color.WHITE.getRGB());
        assertThat(HiDpi.pixelsPerPoint(grid)).isEqualTo(2);
    }

    @Test
    void aSmallImageKeepsItsExactColours() {
        var image = new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, 0xff0000);
        image.setRGB(1, 1, 0x0000ff);
        BufferedImage grid = new ImageGrid(1, 10).add(image, "").image();
        assertThat(grid.getRGB(24, 24)).isEqualTo(0xffff0000);
        assertThat(grid.getRGB(24 + 19, 24 + 19)).isEqualTo(0xff0000ff);
    }

    @Test
    void aPictureHasAtMost256ColoursAndTheyAreClose() {
        BufferedImage image = gradient(64, 64, 20);
        BufferedImage grid = new ImageGrid(1, 32).add(image, "").image();
        assertThat(grid.getColorModel().getPixelSize()).isEqualTo(8);
        double sum = 0;
        for (int y = 0; y < 64; y++) {
            for (int x = 0; x < 64; x++) {
                int found = grid.getRGB(24 + x, 24 + y);
                for (int shift = 0; shift <= 16; shift += 8) {
                    sum += Math.abs((found >> shift & 0xff) - (image.getRGB(x, y) >> shift & 0xff));
                }
            }
        }
        assertThat(sum / (3 * 64 * 64)).isLessThan(3);
    }

    @Test
    void rowsOfADataSetAreShownWithTheirCaptions() {
        try (CaptionedDataset emoji = CaptionedDataset.open(Path.of("../notebooks/data/noto-emoji"))) {
            BufferedImage grid = ImageGrid.of(emoji, 0, 1, 2);
            assertThat(grid.getWidth()).isEqualTo(2 * (12 + 3 * (128 + 12)));
            assertThat(grid.getHeight()).isGreaterThan(2 * (12 + 128 + 12));
        }
    }

    @Test
    void captionsAreWrappedAndCut() {
        var metrics = new Canvas().getFontMetrics(new Font(Font.MONOSPACED, Font.PLAIN, 10));
        int width = metrics.stringWidth("123456789");
        assertThat(CaptionText.wrap("one two three", metrics, width, 2)).containsExactly("one two", "three");
        assertThat(CaptionText.wrap("one two three", metrics, width, 1)).containsExactly("one two…");
        assertThat(CaptionText.wrap("1234567890", metrics, width, 1)).containsExactly("12345678…");
        assertThat(CaptionText.wrap("  ", metrics, width, 3)).isEmpty();
    }

    @Test
    void aMissingCaptionIsReported() {
        assertThatThrownBy(() -> ImageGrid.of(List.of(gradient(1, 1, 0)), List.of("a", "b")))
                .hasMessage("There are 1 images and 2 captions; give one for each image, or none.");
        assertThatThrownBy(() -> ImageGrid.of(List.of(), List.of())).hasMessageContaining("no images");
    }

    private static BufferedImage gradient(int width, int height, int hue) {
        var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, Color.HSBtoRGB(hue / 360f, (float) x / width, 1 - 0.6f * y / height));
            }
        }
        return image;
    }
}
