package dev.text2image.pipelines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pixels and files of generated images. */
class GeneratedImagesTest {
    @TempDir
    private Path directory;

    @Test
    void filesAreNamedByNumberAndPrompt() throws IOException {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB);
        image.setRGB(1, 0, 0x123456);
        List<String> prompts = List.of("a red heart", " Café, 50%/../ off! ", "\u2764", "long ".repeat(40));
        GeneratedImages images =
                new GeneratedImages(List.of(image, image, image, image), prompts, List.of(0L), List.of());
        List<Path> files = images.save(directory.resolve("samples"));
        assertThat(files.stream().map(file -> file.getFileName().toString()))
                .containsExactly(
                        "00-a-red-heart.png", "01-cafe-50-off.png", "02.png", "03-" + "long-".repeat(11) + "long.png");
        assertThat(ImageIO.read(files.get(1).toFile()).getRGB(1, 0) & 0xffffff).isEqualTo(0x123456);
    }

    @Test
    void eachImageHasAPrompt() {
        assertThatThrownBy(() -> new GeneratedImages(List.of(), List.of("a"), List.of(0L), List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0 images and 1 prompts");
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB);
        assertThatThrownBy(() -> new GeneratedImages(List.of(image), List.of("a"), List.of(1L, 2L), List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 images and 2 seeds");
    }
}
