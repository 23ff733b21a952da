package dev.text2image.cli;

import dev.text2image.data.ImageFolderWriter;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Turns a Parquet data set into a folder of image files, to look at and to change. */
@Command(
        name = "unpack",
        description = "Writes the images of a Parquet data set into a folder, with a metadata.jsonl of their captions.")
final class UnpackCommand implements Runnable {
    @Option(names = "--train_data_dir", required = true, description = "Parquet file, or directory of such files.")
    private Path data = Path.of("");

    @Option(names = "--output_dir", required = true, description = "The folder, which must be new or empty.")
    private Path output = Path.of("");

    @Option(
            names = "--columns",
            split = ",",
            defaultValue = "auto",
            description = "Columns of text to write, for example text,category; the captions if absent.")
    private List<String> columns = List.of();

    @Mixin
    private ImageOptions options = new ImageOptions();

    @Override
    public void run() {
        int images = ImageFolderWriter.write(data, columns, output, options::open);
        System.out.println("Image folder: " + output + ", " + images + " images");
    }
}
