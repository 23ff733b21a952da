package dev.text2image.data;

import dev.text2image.io.InvalidInputException;
import dev.text2image.progress.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;

/**
 * Parquet files of images and captions, as the Hugging Face hub stores image data sets: an image is a struct of {@code bytes} and
 * {@code path} (or plain binary), a caption is a string or a list of strings.
 *
 * <p>Parquet can only be read from front to back. So opening reads the files once: the captions are kept in memory, the encoded
 * images in a temporary file (in {@code java.io.tmpdir}, about as large as the Parquet files), where any row is read at once.
 */
public final class ParquetDataset implements CaptionedDataset {
    private final List<Path> files;
    private final ByteStore images;
    private final List<String> names = new ArrayList<>();
    private final List<String> fileNames = new ArrayList<>();
    private final List<List<String>> captions = new ArrayList<>();

    private ParquetDataset(List<Path> files, ByteStore images) {
        this.files = List.copyOf(files);
        this.images = images;
    }

    /**
     * Opens Parquet files.
     *
     * @param files the files, whose rows follow each other
     * @param imageColumn the column of images, or {@link #AUTO}
     * @param captionColumn the column of captions, or {@link #AUTO}
     * @return the data set, to be closed in the end
     * @throws InvalidInputException if a file cannot be read, a column is missing, or a row has no image or caption
     */
    public static ParquetDataset open(List<Path> files, String imageColumn, String captionColumn) {
        ByteStore images;
        try {
            images = new ByteStore();
        } catch (IOException e) {
            throw new InvalidInputException(
                    "There is no place for temporary files: " + e.getMessage()
                            + "; set -Djava.io.tmpdir to a directory with space.",
                    e);
        }
        ParquetDataset dataset = new ParquetDataset(files, images);
        try {
            files.forEach(file -> dataset.read(file, imageColumn, captionColumn));
            if (dataset.captions.isEmpty()) {
                throw new InvalidInputException(files + " have no rows.");
            }
        } catch (RuntimeException e) {
            images.close();
            throw e;
        }
        return dataset;
    }

    private void read(Path file, String imageColumn, String captionColumn) {
        ParquetReadOptions options = ParquetReadOptions.builder(new PlainParquetConfiguration())
                .withCodecFactory(new ParquetCodecs())
                .build();
        try (ParquetFileReader reader = ParquetFileReader.open(new LocalInputFile(file), options);
                Progress progress = Progress.start("read " + file.getFileName(), reader.getRecordCount())) {
            MessageType schema = reader.getFileMetaData().getSchema();
            ParquetColumns columns = ParquetColumns.of(schema, imageColumn, captionColumn, file);
            reader.setRequestedSchema(columns.projection());
            MessageColumnIO io = new ColumnIOFactory().getColumnIO(columns.projection(), schema);
            for (PageReadStore rows = reader.readNextRowGroup(); rows != null; rows = reader.readNextRowGroup()) {
                RecordReader<Group> records = io.getRecordReader(rows, new GroupRecordConverter(columns.projection()));
                for (long i = 0; i < rows.getRowCount(); i++) {
                    add(columns, records.read());
                    progress.step();
                }
            }
        } catch (InvalidInputException | CancellationException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new InvalidInputException(file + " cannot be read as a Parquet file: " + e.getMessage(), e);
        }
    }

    private void add(ParquetColumns columns, Group row) throws IOException {
        String where = columns.file() + ", row " + captions.size();
        captions.add(columns.captions(row, where));
        String name = columns.name(row);
        names.add(name.isEmpty() ? where : name + " (" + where + ")");
        fileNames.add(name.substring(name.lastIndexOf('/') + 1));
        images.add(columns.image(row, where));
    }

    @Override
    public int size() {
        return captions.size();
    }

    @Override
    public List<String> captions(int row) {
        return captions.get(row);
    }

    @Override
    public CaptionedImage row(int row) {
        return new CaptionedImage(names.get(row), fileNames.get(row), captions.get(row), images.get(row));
    }

    @Override
    public void close() {
        images.close();
    }

    @Override
    public String toString() {
        return "ParquetDataset(" + files + ", " + size() + " rows)";
    }
}
