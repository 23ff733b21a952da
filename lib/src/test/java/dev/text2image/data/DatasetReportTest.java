package dev.text2image.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.text2image.data.images.Images;
import dev.text2image.data.images.RgbImage;
import dev.text2image.testing.TestFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.Table;

class DatasetReportTest {
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
