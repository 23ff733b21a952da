package dev.text2image.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.text2image.data.formats.ImageHeader;
import dev.text2image.data.images.Images;
import dev.text2image.data.images.RgbImage;
import dev.text2image.io.InvalidInputException;
import dev.text2image.testing.TestFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.List;
import java.util.Objects;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ImageFolderTest {
    @TempDir
    private Path folder = Path.of("");

    @BeforeEach
    void images() throws IOException {
        Images.writePng(RgbImage.of(2, 1, new byte[6]), folder.resolve("a.png"));
        Images.writePng(RgbImage.of(1, 2, new byte[6]), folder.resolve("sub/b.png"));
    }

    @Test
    void readsJsonLinesWithStringsAndLists() throws IOException {
        write("metadata.jsonl", """
                {"file_name": "a.png", "text": "a \\"black\\" bar", "id": 7}

                {"file_name": "sub/b.png", "text": ["one", "two"]}
                """);
        CaptionedDataset dataset = CaptionedDataset.open(folder);
        assertThat(dataset.size()).isEqualTo(2);
        assertThat(dataset.captions(0)).containsExactly("a \"black\" bar");
        assertThat(dataset.captions(1)).containsExactly("one", "two");
        assertThat(dataset.row(1).header()).isEqualTo(new ImageHeader("PNG", 1, 2));
    }

    @Test
    void readsQuotedCsv() throws IOException {
        write("metadata.csv", "\uFEFFfile_name,text\r\na.png,\"one, \"\"two\"\"\nthree\"\r\nsub/b.png, #4 \r\n");
        CaptionedDataset dataset = CaptionedDataset.open(folder, "image", "text");
        assertThat(dataset.captions(0)).containsExactly("one, \"two\"\nthree");
        assertThat(dataset.captions(1)).containsExactly(" #4 ");
    }

    @Test
    void readsMetadataOfSubdirectories() throws IOException {
        write("metadata.csv", "file_name,text\na.png,first\n");
        write("sub/metadata.csv", "file_name,text\nb.png,second\n");
        CaptionedDataset dataset = CaptionedDataset.open(folder);
        assertThat(List.of(dataset.captions(0), dataset.captions(1)))
                .isEqualTo(List.of(List.of("first"), List.of("second")));
        assertThat(dataset.row(1).name()).endsWith("b.png (metadata.csv, line 2)");
    }

    @Test
    void readsTextFilesBesideImages() throws IOException {
        write("a.txt", "a bar\n\nanother caption\n");
        write("sub/b.txt", "a column");
        CaptionedDataset dataset = CaptionedDataset.open(folder);
        assertThat(dataset.captions(0)).containsExactly("a bar", "another caption");
        assertThat(dataset.captions(1)).containsExactly("a column");
        Files.delete(folder.resolve("sub/b.txt"));
        fails().hasMessageContainingAll("1 of 2 images have no caption", "b.png", "b.txt");
    }

    @Test
    void leavesOutImagesThatAreNotListedAndKeepsRowsThatRepeat() throws IOException {
        write("metadata.csv", "file_name,text\na.png,first\na.png,again\n");
        CaptionedDataset dataset = CaptionedDataset.open(folder);
        assertThat(dataset.size()).isEqualTo(2);
        assertThat(dataset.captions(1)).containsExactly("again");
    }

    @Test
    void tellsInOneLineWhichImagesNoMetadataNames() throws IOException {
        write("metadata.csv", "file_name,text\na.png,first\n");
        assertThat(CaptionedDataset.open(folder).sample(1, 0).notes())
                .containsExactly("1 of 2 image files in " + folder
                        + " are not named by its metadata and left out, the first is " + Path.of("sub", "b.png") + ".");
        write("metadata.csv", "file_name,text\na.png,first\nsub/b.png,second\n");
        assertThat(CaptionedDataset.open(folder).notes()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"NFC", "NFD"})
    void findsNamesInTheOtherUnicodeForm(Normalizer.Form form) throws IOException {
        Normalizer.Form other = form == Normalizer.Form.NFC ? Normalizer.Form.NFD : Normalizer.Form.NFC;
        Path image = folder.resolve(Normalizer.normalize("caf\u00E9s/caf\u00E9.png", form));
        Images.writePng(RgbImage.of(3, 3, new byte[27]), image);
        String name = Normalizer.normalize("caf\u00E9s/caf\u00E9.png", other);
        write("metadata.jsonl", "{\"file_name\": \"" + name + "\", \"text\": \"a caf\u00E9\"}");
        CaptionedDataset listed = CaptionedDataset.open(folder);
        assertThat(listed.row(0).header()).isEqualTo(new ImageHeader("PNG", 3, 3));
        assertThat(listed.notes()).singleElement().asString().startsWith("2 of 3 image files");

        Files.delete(folder.resolve("metadata.jsonl"));
        Path beside = Objects.requireNonNull(image.getParent());
        Files.writeString(beside.resolve(Normalizer.normalize("caf\u00E9.txt", other)), "a caf\u00E9");
        assertThat(CaptionedDataset.open(beside).captions(0)).containsExactly("a caf\u00E9");
    }

    @Test
    void findsOtherColumnNames() throws IOException {
        write("metadata.jsonl", "{\"photo_file_name\": \"a.png\", \"id\": 1, \"Prompt\": \"a bar\"}");
        assertThat(CaptionedDataset.open(folder).captions(0)).containsExactly("a bar");
        assertThat(CaptionedDataset.open(folder, "photo", "Prompt").size()).isEqualTo(1);
        assertThatThrownBy(() -> CaptionedDataset.open(folder, "image", "Prompt"))
                .hasMessageContainingAll("image column \"image\" is not in", "\"photo\", \"id\", \"Prompt\"");
        assertThatThrownBy(() -> CaptionedDataset.open(folder, "photo", "text"))
                .hasMessageContainingAll("caption column \"text\" is not in", "\"Prompt\"");
    }

    @Test
    void saysWhatWasLookedForWhenThereAreNoCaptions() throws IOException {
        write("metadata.parquet", "");
        fails().hasMessageContaining("metadata.parquet, which is not named so");
        Files.delete(folder.resolve("metadata.parquet"));
        write("metadata.json", "[]");
        fails().hasMessageContainingAll(
                        "metadata.jsonl",
                        "metadata.csv",
                        ".txt",
                        "2 images (a.png",
                        "metadata.json, which is not named so");
    }

    @Test
    void refusesNamesThatLeadElsewhere() throws IOException {
        for (String name :
                List.of("../a.png", "sub/../../a.png", "/etc/passwd", "https://example.org/a.png", "..\\\\a.png")) {
            write("metadata.jsonl", "{\"file_name\": \"" + name + "\", \"text\": \"x\"}");
            fails().hasMessageContainingAll("metadata.jsonl, line 1", "only plain names");
        }
    }

    @Test
    void findsMissingFilesAndValues() throws IOException {
        write(
                "metadata.jsonl",
                "{\"file_name\": \"a.png\", \"text\": \"x\"}\n{\"file_name\": \"gone.png\", \"text\": \"x\"}");
        fails().hasMessageContainingAll("line 2", "gone.png", "does not exist");
        write("metadata.jsonl", "{\"text\": \"x\"}");
        fails().hasMessageContaining("no column \"file_name\"");
        write("metadata.jsonl", "{\"file_name\": \"a.png\", \"text\": null}");
        fails().hasMessageContainingAll("line 1", "null", "a string or a list of strings");
        write("metadata.jsonl", "{\"file_name\": \"a.png\", \"text\": []}");
        fails().hasMessageContaining("an empty list");
        write("metadata.jsonl", "{\"file_name\": \"a.png\", \"text\": [\"x\", 3]}");
        fails().hasMessageContaining("the list [x, 3]");
        write("metadata.jsonl", "{\"file_name\": ");
        fails().hasMessageContainingAll("line 1", "no valid JSON");
        write("metadata.jsonl", "");
        fails().hasMessageContaining("no column \"file_name\"");
    }

    @Test
    void refusesMetadataThatDoNotFitTogether() throws IOException {
        write("metadata.csv", "file_name,text\na.png,a,b\n");
        fails().hasMessageContainingAll("line 2 has 3 values", "2 columns", "quotes");
        write("metadata.csv", "file_name,text\na.png,x\n");
        write("sub/metadata.csv", "file_name,caption\nb.png,y\n");
        fails().hasMessageContaining("must have the same");
        write("sub/metadata.jsonl", "{}");
        fails().hasMessageContaining("keep one kind");
    }

    @Test
    void refusesPathsThatAreNoDataSet() throws IOException {
        assertThatThrownBy(() -> CaptionedDataset.open(folder.resolve("nowhere")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("There is no ");
        assertThatThrownBy(() -> CaptionedDataset.open(folder.resolve("a.png")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("neither a directory nor a Parquet file");
    }

    private AbstractThrowableAssert<?, ? extends Throwable> fails() {
        return assertThatThrownBy(() -> CaptionedDataset.open(folder)).isInstanceOf(InvalidInputException.class);
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    @Test
    void anUnpackedDataSetOpensLikeItsParquetFile() {
        Path parquet = TestFiles.data("emoji-3d/data/validation-00000-of-00001.parquet");
        Path target = folder.resolve("unpacked/emoji");
        assertThat(ImageFolderWriter.write(parquet, List.of("text", "category"), target))
                .isEqualTo(71);
        for (String column : List.of("auto", "category")) {
            try (CaptionedDataset packed = CaptionedDataset.open(parquet, "image", column);
                    CaptionedDataset unpacked = CaptionedDataset.open(target, "image", column)) {
                assertThat(unpacked).isInstanceOf(ImageFolder.class);
                assertThat(unpacked.size()).isEqualTo(packed.size());
                for (int row = 0; row < packed.size(); row++) {
                    assertThat(unpacked.captions(row)).isEqualTo(packed.captions(row));
                    assertThat(unpacked.row(row).fileName())
                            .isEqualTo(packed.row(row).fileName());
                    assertThat(unpacked.row(row).file())
                            .isEqualTo(packed.row(row).file());
                }
            }
        }
        assertThat(target.resolve("1f643.png")).isRegularFile();
        assertThatThrownBy(() -> ImageFolderWriter.write(parquet, List.of("auto"), target))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageEndingWith("emoji is not empty; name a new directory.");
    }

    @Test
    void imagesWithoutNameAndListsOfCaptionsAreUnpackedToo() {
        Path parity = TestFiles.resource("parity/parquet");
        for (String name : List.of("plain-binary", "lists")) {
            Path target = folder.resolve("unpacked").resolve(name);
            ImageFolderWriter.write(parity.resolve(name + ".parquet"), List.of("auto"), target);
            try (CaptionedDataset packed = CaptionedDataset.open(parity.resolve(name + ".parquet"));
                    CaptionedDataset unpacked = CaptionedDataset.open(target)) {
                assertThat(unpacked.size()).isEqualTo(5);
                for (int row = 0; row < 5; row++) {
                    assertThat(unpacked.captions(row)).isEqualTo(packed.captions(row));
                    assertThat(unpacked.row(row).header())
                            .isEqualTo(packed.row(row).header());
                }
            }
        }
    }
}
