package dev.text2image.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.io.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.Table;

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
        assertThatThrownBy(() -> ImageTransforms.centered(512).resize(RgbImage.of(100_000, 1, new byte[300_000])))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("too long: 100000 x 1");
        assertThatThrownBy(() -> Interpolation.of("cubic")).hasMessageContaining("bicubic");
    }

    @Test
    void reportsADataSet() {
        try (CaptionedDataset dataset = CaptionedDataset.open(TestFiles.emoji())) {
            Table table = DatasetReport.of(dataset);
            assertThat(table.columnNames())
                    .containsExactly(
                            "file",
                            "width",
                            "height",
                            "aspect",
                            "format",
                            "caption",
                            "captions",
                            "caption length",
                            "same image as",
                            "problem");
            assertThat(table.rowCount()).isEqualTo(504);
            assertThat(table.intColumn("width").mean()).isEqualTo(64);
            assertThat(table.intColumn("caption length").get(0)).isEqualTo(27);
        }
    }

    @Test
    void aReportFindsWhatDeservesASecondLook(@TempDir Path directory) throws IOException {
        Images.writePng(RgbImage.of(4, 4, new byte[48]), directory.resolve("a.png"));
        Images.writePng(RgbImage.of(4, 4, new byte[48]), directory.resolve("b.png"));
        Images.writePng(RgbImage.of(8, 2, new byte[48]), directory.resolve("c.png"));
        Files.write(directory.resolve("d.png"), new byte[0]);
        Files.writeString(directory.resolve("metadata.jsonl"), """
                {"file_name": "a.png", "text": "black"}
                {"file_name": "b.png", "text": "black"}
                {"file_name": "c.png", "text": " "}
                {"file_name": "d.png", "text": "nothing"}
                """);
        Table report = DatasetReport.of(CaptionedDataset.open(directory));
        Table findings = DatasetReport.findings(report, 4);
        assertThat(report.stringColumn("same image as").asList())
                .containsExactly("", directory.resolve("a.png") + " (metadata.jsonl, line 1)", "", "");
        assertThat(report.doubleColumn("aspect").asList()).startsWith(1.0, 1.0, 4.0);
        assertThat(report.stringColumn("problem").get(3)).isEqualTo("it is empty (0 bytes)");
        assertThat(findings.stringColumn("finding").asList())
                .containsExactly(
                        "image that cannot be read",
                        "image smaller than the resolution",
                        "image not square",
                        "same image as an earlier row",
                        "same caption as an earlier row",
                        "empty caption");
        assertThat(findings.intColumn("rows").asList()).containsExactly(1, 1, 1, 1, 1, 1);
        assertThat(findings.stringColumn("example").asList())
                .extracting(name -> name.replaceFirst(".*(.\\.png) .*", "$1"))
                .containsExactly("d.png", "c.png", "c.png", "b.png", "b.png", "c.png");
    }
}
