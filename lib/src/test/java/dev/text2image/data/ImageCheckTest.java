package dev.text2image.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.text2image.io.InvalidInputException;
import dev.text2image.testing.TestFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Broken images are found before training starts, and whole ones never refused. */
class ImageCheckTest {
    private static final Path IMAGES = TestFiles.resource("parity/images");

    @TempDir
    private Path folder;

    private static Optional<String> problem(byte[] file) {
        return new CaptionedImage("x", "x", List.of("a"), file).problem(ImageCheck.Depth.HEADER);
    }

    @Test
    void imagesThatPillowReadsPassAlsoWithMoreBehindThem() throws IOException {
        try (Stream<Path> files = Files.list(IMAGES)) {
            for (Path file : files.filter(Files::isRegularFile)
                    .filter(file -> !file.toString().endsWith(".json"))
                    .toList()) {
                byte[] image = Files.readAllBytes(file);
                assertThat(problem(image)).as("%s", file).isEmpty();
                assertThat(problem(Arrays.copyOf(image, image.length + 100_000)))
                        .as("%s, padded", file)
                        .isEmpty();
                CaptionedImage onDisk = new CaptionedImage("x", List.of("a"), file);
                assertThat(onDisk.problem(ImageCheck.Depth.FULL)).as("%s", file).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"noto-emoji", "emoji-3d"})
    void theDataSetsOfTheNotebooksPass(String name) {
        try (CaptionedDataset dataset = CaptionedDataset.open(TestFiles.data(name))) {
            assertThat(ImageCheck.DEFAULT.find(dataset)).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rgb.png",
                "palette.png",
                "420.jpg",
                "progressive.jpg",
                "exif-6.jpg",
                "palette.gif",
                "rgb.bmp",
                "rgb.tif",
                "rgb.ppm",
                "lossy.webp",
                "lossless.webp"
            })
    void filesThatAreCutShortAreFoundWithoutDecoding(String name) throws IOException {
        byte[] whole = Files.readAllBytes(IMAGES.resolve(name));
        for (double part : new double[] {0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98}) {
            byte[] cut = Arrays.copyOf(whole, (int) (whole.length * part));
            assertThat(problem(cut)).as("%s of the file", part).isPresent();
        }
        assertThat(problem(Arrays.copyOf(whole, whole.length - 4))).isPresent();
    }

    @Test
    void aThumbnailIsNotTakenForThePicture() throws IOException {
        byte[] thumbnail = Files.readAllBytes(IMAGES.resolve("grey.jpg"));
        byte[] picture = Files.readAllBytes(IMAGES.resolve("420.jpg"));
        ByteBuffer file = ByteBuffer.allocate(4 + thumbnail.length + picture.length);
        file.put(picture, 0, 2).putShort((short) 0xFFE3).putShort((short) (2 + thumbnail.length));
        file.put(thumbnail).put(picture, 2, picture.length - 2);
        assertThat(problem(file.array())).isEmpty();
        assertThat(problem(Arrays.copyOf(file.array(), file.capacity() - picture.length / 2)))
                .hasValueSatisfying(reason -> assertThat(reason).startsWith("it is truncated"));
    }

    @Test
    void aHeaderBehindManyMetadataIsRead() throws IOException {
        byte[] picture = Files.readAllBytes(IMAGES.resolve("420.jpg"));
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.write(picture, 0, 2);
        for (int i = 0; i < 3; i++) {
            file.write(ByteBuffer.allocate(4 + 50_000)
                    .putShort((short) 0xFFE3)
                    .putShort((short) 50_002)
                    .array());
        }
        file.write(picture, 2, picture.length - 2);
        assertThat(problem(file.toByteArray())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    ....ftypheic....mif1heic | HEIC, which is not read here; convert it to JPEG or PNG
                    ....ftypmif1....mif1avif | AVIF, which is not read here; convert it to JPEG or PNG
                    ....ftypavif....mif1     | AVIF, which is not read here; convert it to JPEG or PNG
                    ....JXL ....             | JPEG XL, which is not read here
                    <svg xmlns=''>           | SVG, which is not read here
                    <!DOCTYPE html><title>   | a web page, saved in the place of an image
                    <html>404                | a web page, saved in the place of an image
                    a photo of a cat         | it starts with "a photo of a", which no known image format does
                    """)
    void saysWhatOtherFilesAre(String content, String reason) {
        byte[] file = content.replace("....", "\0\0\0\30").getBytes(StandardCharsets.ISO_8859_1);
        assertThat(problem(file)).hasValueSatisfying(found -> assertThat(found).contains(reason));
    }

    @Test
    void allBrokenImagesAreListedAtOnceWithTheirPlaces() throws IOException {
        StringBuilder metadata = new StringBuilder("file_name,text\n");
        byte[] whole = Files.readAllBytes(IMAGES.resolve("rgb.png"));
        for (int i = 0; i < 30; i++) {
            Files.write(folder.resolve(i + ".png"), i < 5 ? whole : Arrays.copyOf(whole, 40 * (i - 5)));
            metadata.append(i).append(".png,image\n");
        }
        Files.writeString(folder.resolve("metadata.csv"), metadata);
        CaptionedDataset dataset = CaptionedDataset.open(folder);
        assertThatThrownBy(() -> ImageCheck.DEFAULT.apply(dataset))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContainingAll(
                        "25 of 30 images cannot be read:",
                        "5.png (metadata.csv, line 7): it is empty (0 bytes)",
                        "24.png (metadata.csv, line 26): it is truncated: its 760 bytes end",
                        "and 5 more",
                        "--skip_broken_images",
                        "withoutBrokenImages()")
                .message()
                .doesNotContain("25.png");

        CheckedDataset sound = dataset.withoutBrokenImages();
        assertThat(sound.size()).isEqualTo(5);
        assertThat(sound.broken()).hasSize(25);
        assertThat(sound.notes())
                .singleElement()
                .asString()
                .contains("25 of 30 images cannot be read and are left out", "5.png", "it is empty");
        CaptionedDataset none = dataset.select(6, 7);
        assertThatThrownBy(none::withoutBrokenImages).hasMessageContaining("2 of 2 images cannot be read");
    }

    @Test
    void theFortiethOfFiftyRowsOfParquetIsNamed() {
        try (CaptionedDataset dataset =
                CaptionedDataset.open(TestFiles.resource("parity/parquet/broken-row.parquet"))) {
            assertThatThrownBy(() -> ImageCheck.DEFAULT.apply(dataset))
                    .hasMessageContainingAll(
                            "1 of 50 images", "39.png (", "broken-row.parquet, row 39): it is truncated");
            CheckedDataset sound = dataset.withoutBrokenImages();
            assertThat(sound.size()).isEqualTo(49);
            assertThat(sound.captions(39)).containsExactly("caption 40");
        }
    }

    @Test
    void imagesThatClaimToBeHugeAreNotDecoded() throws IOException {
        byte[] file = Files.readAllBytes(IMAGES.resolve("rgb.bmp"));
        ByteBuffer.wrap(file)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .putInt(18, 100_000)
                .putInt(22, 100_000);
        assertThat(problem(file))
                .hasValueSatisfying(
                        reason -> assertThat(reason).contains("100000 x 100000 pixels, more than the limit"));
    }

    @Test
    void aFileThatHasGoneIsBroken() throws IOException {
        Path file = Files.copy(IMAGES.resolve("rgb.png"), folder.resolve("a.png"));
        Files.writeString(folder.resolve("a.txt"), "a");
        CaptionedDataset dataset = CaptionedDataset.open(folder);
        Files.delete(file);
        assertThat(ImageCheck.DEFAULT.find(dataset)).singleElement().asString().contains("a.png: ", "No such file");
    }

    @ParameterizedTest
    @EnumSource
    void stopEndsTheCheck(ImageCheck.Depth depth) {
        try (CaptionedDataset dataset = CaptionedDataset.open(TestFiles.emoji())) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> new ImageCheck(depth, false).find(dataset))
                    .isInstanceOf(CancellationException.class);
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
        }
    }
}
