package dev.text2image.trackers;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file that grows by whole pieces, each written in one call.
 *
 * <p>It is not a {@link java.nio.channels.FileChannel}, which an interrupt would close: a run that is told to stop still has to
 * record that.
 */
class AppendingFile implements AutoCloseable {
    private final Path path;
    private final FileOutputStream out;

    /** Opens a file at its end, made with its directories if need be. */
    AppendingFile(Path path) {
        this.path = path;
        try {
            Files.createDirectories(path.toAbsolutePath().getParent());
            this.out = new FileOutputStream(path.toFile(), true);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    final void append(byte[] piece) {
        attempt(() -> out.write(piece));
    }

    final void sync() {
        attempt(() -> out.getFD().sync());
    }

    @Override
    public final void close() {
        attempt(out::close);
    }

    private interface Action {
        void run() throws IOException;
    }

    private void attempt(Action action) {
        try {
            action.run();
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private UncheckedIOException failure(IOException cause) {
        return new UncheckedIOException("Cannot write " + path + ": " + cause.getMessage(), cause);
    }
}
