package dev.text2image.notebook;

import static dev.text2image.notebook.Notebook.askToken;
import static dev.text2image.notebook.Notebook.grid;
import static dev.text2image.notebook.Notebook.liveChart;
import static dev.text2image.notebook.Notebook.progress;
import static dev.text2image.notebook.Notebook.sideBySide;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.data.images.Images;
import dev.text2image.data.images.RgbImage;
import dev.text2image.data.images.Transparency;
import dev.text2image.pipelines.GeneratedImages;
import dev.text2image.plots.HiDpi;
import dev.text2image.plots.Pictures;
import dev.text2image.progress.Progress;
import dev.text2image.progress.ProgressListener;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class NotebookTest {
    private static BufferedImage image(int hue) {
        var image = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 64 * 64; i++) {
            image.setRGB(i % 64, i / 64, Color.HSBtoRGB(hue / 360f, i % 64 / 64f, 1 - i / 5760f));
        }
        return image;
    }

    private static List<BufferedImage> images(int count, int hue) {
        return IntStream.range(0, count).mapToObj(i -> image(hue + 40 * i)).toList();
    }

    private static void save(BufferedImage image, String name) throws IOException {
        var file = new File("target/plots/" + name + ".png");
        assertThat(file.getParentFile().isDirectory() || file.getParentFile().mkdirs())
                .isTrue();
        assertThat(ImageIO.write(image, "png", file)).isTrue();
    }

    @Test
    void aTokenIsAskedForAndStandsInNoText() {
        List<String> asked = new ArrayList<>();
        Notebook.setSecretPrompt(question -> {
            asked.add(question);
            return "hf_StandInTyped\n";
        });
        try {
            assertThat(askToken("Token: ")).isPresent().asString().doesNotContain("hf_");
            assertThat(asked).containsExactly("Token: ");
            Notebook.setSecretPrompt(question -> "\n");
            assertThat(askToken("Token: ")).isEmpty();
            Notebook.setSecretPrompt(question -> "hf_StandIn typed");
            assertThatThrownBy(() -> askToken("Token: "))
                    .hasMessage(
                            "The token from the question holds blanks or letters that no token has; copy it once more.");
            Notebook.setSecretPrompt(question -> null);
            assertThat(askToken("Token: ")).isEmpty();
        } finally {
            Notebook.setSecretPrompt(SecretPrompt.NOBODY);
        }
    }

    @Test
    void loopsShowTheirProgress() {
        List<String> shown = new ArrayList<>();
        Progress.setDefaultListener((label, total) -> (done, note, last) -> shown.add(label + done + "/" + total));
        try {
            for (int step : progress(1)) {
                assertThat(step).isZero();
            }
            for (String word : progress(new String[] {"a"}, "words ")) {
                assertThat(word).isEqualTo("a");
            }
            for (String word : progress(List.of("b"))) {
                assertThat(word).isEqualTo("b");
            }
        } finally {
            Progress.setDefaultListener(ProgressListener.SILENT);
        }
        assertThat(shown).containsExactly("1/1", "1/1", "words 1/1", "words 1/1", "1/1", "1/1");
    }

    @Test
    void aGridTakesImagesOfManyKinds() {
        RgbImage rgb = Images.fromBufferedImage(image(0), Transparency.DROP);
        var generated = new GeneratedImages(images(2, 10), List.of("a house", "a tree"), List.of(0L), List.of());
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray tensor = Images.toTensor(manager, rgb);
            assertThat(Images.fromBufferedImage(Pictures.of(tensor).images().get(0), Transparency.DROP))
                    .isEqualTo(rgb);
            int before = manager.getManagedArrays().size();
            assertThat(Pictures.of(manager.zeros(new Shape(2, 3, 4, 4))).images())
                    .hasSize(2);
            assertThat(Pictures.of(manager.zeros(new Shape(4, 4)))
                            .images()
                            .get(0)
                            .getRGB(0, 0))
                    .isEqualTo(0xff808080);
            assertThat(manager.getManagedArrays()).as("only the two inputs").hasSize(before + 2);
            BufferedImage grid = grid(List.of(image(0), rgb, generated, tensor), 3);
            assertThat(HiDpi.description(grid)).isEqualTo("5 images: a house, a tree");
        }
        assertThat(HiDpi.description(grid(generated))).isEqualTo("2 images: a house, a tree");
        assertThat(HiDpi.description(grid(images(2, 0), List.of(1, 2)))).isEqualTo("2 images: 1, 2");
        assertThat(grid(images(8, 0), 8).getWidth()).isLessThanOrEqualTo(2 * 900);
    }

    @Test
    void whatIsNoImageIsNamed() {
        assertThatThrownBy(() -> grid(List.of(image(0), "text")))
                .hasMessageStartingWith("These are no images: a list that holds String; give BufferedImage");
        assertThatThrownBy(() -> grid(List.of())).hasMessageStartingWith("These are no images: an empty list;");
        try (NDManager manager = NDManager.newBaseManager()) {
            assertThatThrownBy(() -> grid(manager.zeros(new Shape(2, 4, 8, 8))))
                    .hasMessageStartingWith("These are no images: NDArray (2, 4, 8, 8) float32;");
        }
    }

    @Test
    void rowsOfImagesAreCompared() throws IOException {
        var before = new GeneratedImages(
                images(4, 0),
                List.of("a red heart", "a crying face", "a house by the sea", "a dog"),
                List.of(0L),
                List.of());
        BufferedImage picture = sideBySide("base model", before, "fine-tuned, 250 steps", images(4, 20));
        save(picture, "side-by-side");
        assertThat(HiDpi.description(picture))
                .isEqualTo(
                        "8 images: base model, fine-tuned, 250 steps, a red heart, a crying face, a house by the sea,"
                                + " a dog");
        save(sideBySide("a", images(3, 0), "b", images(3, 50), "c", images(3, 90)), "side-by-side-three");
    }

    @Test
    void singleImagesStandSideBySide() throws IOException {
        BufferedImage picture = sideBySide(image(0), image(90));
        save(picture, "before-after");
        assertThat(HiDpi.description(picture)).isEqualTo("2 images: before, after");
        assertThat(picture.getWidth()).isGreaterThan(picture.getHeight());
    }

    @Test
    void rowsMustBeOfEqualLength() {
        assertThatThrownBy(() -> sideBySide(images(2, 0), images(3, 0)))
                .hasMessage("\"before\" has 2 images and \"after\" has 3; give as many for each name.");
        assertThatThrownBy(() -> sideBySide(Map.of())).hasMessageContaining("nothing to compare");
    }

    @Test
    void aLiveChartHasOneLineUnlessNamed() {
        var chart = liveChart("Training loss", "step", "loss");
        chart.add(1, 0.5);
        chart.close();
        assertThat(chart).hasToString("Training loss: step 1, loss 0.5");
    }
}
