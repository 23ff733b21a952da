package dev.text2image.data;

import dev.text2image.progress.Progress;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** Shows a data set as a table, to look at before training. */
public final class DatasetReport {
    private DatasetReport() {}

    /**
     * Makes the table; each image's header is read, none is decoded.
     *
     * @param dataset the data set
     * @return one row for each of its rows, with the columns file, width, height, format, caption (the first), captions (how many)
     *     and caption length (of the first, in characters)
     * @throws dev.text2image.io.InvalidInputException if a file is no image; the message names it
     */
    public static Table of(CaptionedDataset dataset) {
        StringColumn file = StringColumn.create("file");
        IntColumn width = IntColumn.create("width");
        IntColumn height = IntColumn.create("height");
        StringColumn format = StringColumn.create("format");
        StringColumn caption = StringColumn.create("caption");
        IntColumn captions = IntColumn.create("captions");
        IntColumn length = IntColumn.create("caption length");
        try (Progress progress = Progress.start("look at images", dataset.size())) {
            for (int i = 0; i < dataset.size(); i++) {
                CaptionedImage row = dataset.row(i);
                ImageHeader header = row.header();
                String first = row.captions().get(0);
                file.append(row.name());
                width.append(header.width());
                height.append(header.height());
                format.append(header.format());
                caption.append(first);
                captions.append(row.captions().size());
                length.append(first.length());
                progress.step();
            }
        }
        return Table.create(dataset.toString(), file, width, height, format, caption, captions, length);
    }
}
