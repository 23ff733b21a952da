package dev.text2image.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.text2image.data.formats.ImageHeader;
import dev.text2image.data.formats.ImageReader;
import dev.text2image.data.images.Transparency;
import dev.text2image.io.InvalidInputException;
import dev.text2image.testing.ShowsEffectOf;
import dev.text2image.testing.TestFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Parquet files that pyarrow wrote (make_image_fixtures.py), and the emoji of the notebooks. */
class ParquetDatasetTest {
    private static final Path PARQUET = TestFiles.resource("parity/parquet");
    private static final Path IMAGES = TestFiles.resource("parity/images");

    @Test
    void readsTheTrainingSplitOfADirectory() throws Exception {
        try (CaptionedDataset dataset = CaptionedDataset.open(PARQUET.resolve("strings"))) {
            assertThat(dataset.size()).isEqualTo(5);
            assertThat(dataset.captions(3)).containsExactly("caption 3");
            CaptionedImage row = dataset.row(1);
            assertThat(row.file()).isEqualTo(Files.readAllBytes(IMAGES.resolve("420.jpg")));
            assertThat(row.name()).startsWith("420.jpg (").endsWith("row 1)");
            assertThat(dataset.row(0).image(Transparency.DROP)).isEqualTo(ImageReader.read(IMAGES.resolve("rgb.png")));
        }
    }

    @Test
    void readsListsOfCaptions() {
        try (CaptionedDataset dataset = CaptionedDataset.open(PARQUET.resolve("lists.parquet"), "image", "text")) {
            assertThat(dataset.captions(0)).containsExactly("first 0");
            assertThat(dataset.captions(1)).containsExactly("first 1", "second 1");
        }
    }

    @Test
    void readsPlainBinaryColumnsWithOtherNames() {
        try (CaptionedDataset dataset = CaptionedDataset.open(PARQUET.resolve("plain-binary.parquet"))) {
            assertThat(dataset.captions(4)).containsExactly("prompt 4");
            assertThat(dataset.row(4).header()).isEqualTo(new ImageHeader("JPEG", 45, 35));
        }
    }

    @Test
    void followsAPathWhereThereAreNoBytes() {
        try (CaptionedDataset dataset = CaptionedDataset.open(PARQUET.resolve("path-only.parquet"))) {
            assertThat(dataset.row(0).image(Transparency.DROP)).isEqualTo(ImageReader.read(IMAGES.resolve("rgb.png")));
        }
    }

    @Test
    void refusesARowWithoutCaption() {
        assertThatThrownBy(() -> CaptionedDataset.open(PARQUET.resolve("null-caption.parquet")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContainingAll("null-caption.parquet, row 1 has nothing", "column \"text\"");
    }

    @Test
    @ShowsEffectOf({"image_column", "caption_column"})
    void namesTheColumnsWhenOneIsMissing() {
        Path file = PARQUET.resolve("lists.parquet");
        assertThatThrownBy(() -> CaptionedDataset.open(file, "image", "caption"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContainingAll("\"caption\" is not in", "\"image\", \"text\"", "--caption_column");
        assertThatThrownBy(() -> CaptionedDataset.open(file, "text", "text"))
                .hasMessageContainingAll("\"text\"", "cannot hold images", "\"image\" can");
    }

    @Test
    void refusesAFileThatIsNoParquet(@TempDir Path directory) throws Exception {
        Path file =
                Files.writeString(directory.resolve("train.parquet"), "This is text, and long enough for a footer.");
        assertThatThrownBy(() -> CaptionedDataset.open(directory))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(file + " cannot be read as a Parquet file");
    }

    @Test
    void noticesAMissingShard(@TempDir Path directory) throws Exception {
        Path shard = PARQUET.resolve("strings/data/train-00000-of-00002.parquet");
        Files.copy(shard, directory.resolve("train-00000-of-00002.parquet"));
        assertThatThrownBy(() -> CaptionedDataset.open(directory))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("one of 2 files, but only 1");
        Files.move(directory.resolve("train-00000-of-00002.parquet"), directory.resolve("test-00000-of-00001.parquet"));
        assertThatThrownBy(() -> CaptionedDataset.open(directory)).hasMessageContaining("no training split");
    }

    @ParameterizedTest
    @CsvSource({
        "noto-emoji, 504, a grinning face, a ball of yarn",
        "noto-emoji/data/validation-00000-of-00001.parquet, 56, an upside-down face, a knot",
        "noto-emoji/more, 946, a hugging face, a black square button",
        "emoji-3d, 833, a grinning face, linked paperclips",
    })
    void readsTheEmoji(String path, int size, String first, String last) {
        try (CaptionedDataset dataset = CaptionedDataset.open(TestFiles.data(path))) {
            assertThat(dataset.size()).isEqualTo(size);
            assertThat(dataset.captions(0)).isEqualTo(List.of("an emoji of " + first));
            assertThat(dataset.captions(size - 1)).isEqualTo(List.of("an emoji of " + last));
            Set<String> captions = new HashSet<>();
            for (int i = 0; i < size; i++) {
                assertThat(dataset.row(i).image(Transparency.DROP)).hasToString("RgbImage(64 x 64)");
                captions.addAll(dataset.captions(i));
            }
            assertThat(captions).hasSize(size);
        }
    }

    /** What fine-tuning to the other style promises: the words stay, and what is held out of one set is held out of the other. */
    @Test
    void bothStylesHaveTheSameCaptionsAndHeldOutEmoji() {
        Map<String, String> flat = captionsByFile("noto-emoji", "noto-emoji/data/validation-00000-of-00001.parquet");
        Map<String, String> solid = captionsByFile("emoji-3d", "emoji-3d/data/validation-00000-of-00001.parquet");
        Set<String> both = new HashSet<>(flat.keySet());
        both.retainAll(solid.keySet());
        assertThat(both)
                .hasSize(553)
                .allSatisfy(file -> assertThat(solid.get(file)).isEqualTo(flat.get(file)));
        Set<String> heldOut = captionsByFile("noto-emoji/data/validation-00000-of-00001.parquet")
                .keySet();
        assertThat(captionsByFile("emoji-3d").keySet()).doesNotContainAnyElementsOf(heldOut);
    }

    private static Map<String, String> captionsByFile(String... paths) {
        Map<String, String> captions = new HashMap<>();
        for (String path : paths) {
            try (CaptionedDataset dataset = CaptionedDataset.open(TestFiles.data(path))) {
                for (int i = 0; i < dataset.size(); i++) {
                    captions.put(dataset.row(i).fileName(), dataset.captions(i).get(0));
                }
            }
        }
        return captions;
    }
}
