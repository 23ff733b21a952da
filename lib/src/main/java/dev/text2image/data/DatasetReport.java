package dev.text2image.data;

import dev.text2image.data.formats.ImageHeader;
import dev.text2image.io.ContentHash;
import dev.text2image.progress.Progress;
import dev.text2image.tokenizers.CLIPTokenizer;
import dev.text2image.tokenizers.TokenizedText;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/** Shows a data set as a table, to look at before training, and what in it deserves a second look. */
public final class DatasetReport {
    private final StringColumn file = StringColumn.create("file");
    private final IntColumn width = IntColumn.create("width");
    private final IntColumn height = IntColumn.create("height");
    private final DoubleColumn aspect = DoubleColumn.create("aspect");
    private final StringColumn format = StringColumn.create("format");
    private final StringColumn caption = StringColumn.create("caption");
    private final IntColumn captions = IntColumn.create("captions");
    private final IntColumn length = IntColumn.create("caption length");
    private final StringColumn sameAs = StringColumn.create("same image as");
    private final StringColumn problem = StringColumn.create("problem");
    private final Map<String, String> firstOf = new HashMap<>();

    private DatasetReport() {}

    /**
     * Makes the table; each image's header is read, none is decoded.
     *
     * @param dataset the data set
     * @return one row for each of its rows, with the columns file, width, height, aspect (width by height), format, caption (the
     *     first), captions (how many), caption length (of the first, in characters), same image as (an earlier row with the same
     *     image file, missing if there is none) and problem (why the image cannot be read, missing if it can; then width, height,
     *     aspect and format are missing)
     */
    public static Table of(CaptionedDataset dataset) {
        return new DatasetReport().read(dataset);
    }

    /**
     * Makes the table with what the text encoder makes of the captions.
     *
     * @param dataset the data set
     * @param tokenizer the model's tokenizer
     * @return the table of {@link #of(CaptionedDataset)} with the columns tokens (of the first caption, start and end included) and
     *     tokens cut off
     */
    public static Table of(CaptionedDataset dataset, CLIPTokenizer tokenizer) {
        Table table = of(dataset);
        IntColumn tokens = IntColumn.create("tokens");
        IntColumn cut = IntColumn.create("tokens cut off");
        for (String text : table.stringColumn("caption")) {
            TokenizedText tokenized = tokenizer.encode(text);
            tokens.append(tokenized.tokenCount());
            cut.append(tokenized.tokenCount() - Math.min(tokenized.tokenCount(), tokenizer.maxLength()));
        }
        return table.addColumns(tokens, cut);
    }

    private Table read(CaptionedDataset dataset) {
        try (Progress progress = Progress.start("look at images", dataset.size())) {
            for (int i = 0; i < dataset.size(); i++) {
                add(dataset.row(i));
                progress.step();
            }
        }
        return Table.create(
                dataset.toString(), file, width, height, aspect, format, caption, captions, length, sameAs, problem);
    }

    private void add(CaptionedImage row) {
        String first = row.captions().get(0);
        file.append(row.name());
        caption.append(first);
        captions.append(row.captions().size());
        length.append(first.length());
        String wrong = row.problem(ImageCheck.Depth.HEADER).orElse("");
        problem.append(wrong);
        if (!wrong.isEmpty()) {
            List.of(width, height, aspect, format, sameAs).forEach(Column::appendMissing);
            return;
        }
        ImageHeader header = row.header();
        width.append(header.width());
        height.append(header.height());
        aspect.append((double) header.width() / header.height());
        format.append(header.format());
        String earlier = firstOf.putIfAbsent(ContentHash.of(row.file()), row.name());
        sameAs.append(earlier == null ? "" : earlier);
    }

    /**
     * Counts what deserves a second look before training.
     *
     * @param report a table that {@link #of} made
     * @param resolution the width and height that the model is trained with, in pixels
     * @return one row for each kind of finding, with the columns finding, rows (how many) and example (a file, missing if there is
     *     none)
     */
    public static Table findings(Table report, int resolution) {
        IntColumn width = report.intColumn("width");
        IntColumn height = report.intColumn("height");
        StringColumn caption = report.stringColumn("caption");
        Set<String> seen = new HashSet<>();
        IntPredicate readable = row -> report.column("problem").isMissing(row);
        var findings = new Findings(report);
        findings.add("image that cannot be read", readable.negate());
        findings.add(
                "image smaller than the resolution",
                readable.and(row -> Math.min(width.get(row), height.get(row)) < resolution));
        findings.add("image not square", readable.and(row -> !width.get(row).equals(height.get(row))));
        findings.add(
                "same image as an earlier row",
                row -> !report.column("same image as").isMissing(row));
        findings.add("same caption as an earlier row", row -> !seen.add(caption.get(row)));
        findings.add("empty caption", row -> caption.get(row).isBlank());
        if (report.containsColumn("tokens cut off")) {
            findings.add(
                    "caption cut off", row -> report.intColumn("tokens cut off").get(row) > 0);
        }
        return findings.table;
    }

    /** Counts rows. */
    private static final class Findings {
        private final Table report;
        private final Table table = Table.create(
                "findings", StringColumn.create("finding"), IntColumn.create("rows"), StringColumn.create("example"));

        Findings(Table report) {
            this.report = report;
        }

        void add(String finding, IntPredicate found) {
            int count = 0;
            String example = "";
            for (int row = 0; row < report.rowCount(); row++) {
                if (found.test(row)) {
                    example = count++ == 0 ? report.stringColumn("file").get(row) : example;
                }
            }
            table.stringColumn("finding").append(finding);
            table.intColumn("rows").append(count);
            table.stringColumn("example").append(example);
        }
    }
}
