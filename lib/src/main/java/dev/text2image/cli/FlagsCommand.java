package dev.text2image.cli;

import dev.text2image.io.AtomicFiles;
import dev.text2image.training.config.FlagsDocument;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Writes the reference of all training flags, to be committed after one has changed. */
@Command(name = "flags", description = "Writes the reference of all training flags in Markdown.", hidden = true)
final class FlagsCommand implements Runnable {
    @Parameters(description = "The file.")
    private Path file = Path.of("");

    @Override
    public void run() {
        AtomicFiles.writeString(file, FlagsDocument.markdown());
        System.out.println("Flags: " + file);
    }
}
