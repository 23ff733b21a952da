package dev.text2image.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;

/**
 * Writes files and directories beside their place and renames them into it.
 *
 * <p>A reader, or a run that starts after a crash, finds the old content or the new one, never a part. The content is flushed to
 * the disk before the rename, so this holds after a power loss too. What is being written is called
 * {@code .tmp-<name>-<process>-<unique>}; when writing fails it is deleted, and after a kill by {@link Leftovers}.
 */
public final class AtomicFiles {
    private AtomicFiles() {}

    /** Writes the content of a file or a directory. */
    @FunctionalInterface
    public interface Body {
        /**
         * Writes the content.
         *
         * @param place where to write it: for a file, a path where nothing is yet; for a directory, an empty directory
         * @throws IOException if it cannot be written
         */
        void write(Path place) throws IOException;
    }

    /**
     * Writes a file, replacing one that is there. Missing parent directories are made.
     *
     * @param target the file's place
     * @param body what writes its content
     * @throws UncheckedIOException if it cannot be written; then nothing has changed
     */
    public static void writeFile(Path target, Body body) {
        build(target, temporary -> {
            body.write(temporary);
            flush(temporary);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        });
    }

    /**
     * Writes a text file in UTF-8, replacing one that is there.
     *
     * @param target the file's place
     * @param text its content
     * @throws UncheckedIOException if it cannot be written; then nothing has changed
     */
    public static void writeString(Path target, String text) {
        writeFile(target, place -> Files.writeString(place, text, StandardCharsets.UTF_8));
    }

    /**
     * Writes a directory, replacing one that is there. Missing parent directories are made.
     *
     * <p>An existing directory is first renamed to {@code .old-<name>-<process>-<unique>} and deleted last: should the machine
     * stop between the two renames, {@link Leftovers} puts it back.
     *
     * @param target the directory's place
     * @param body what writes its content
     * @throws UncheckedIOException if it cannot be written; then nothing has changed
     */
    public static void writeDirectory(Path target, Body body) {
        build(target, temporary -> {
            Files.createDirectory(temporary);
            body.write(temporary);
            flushTree(temporary);
            replaceDirectory(temporary, target);
        });
    }

    /**
     * Deletes a file or a directory with all it holds; links are deleted, not followed. Nothing happens if it does not exist.
     *
     * @param path what to delete
     * @throws UncheckedIOException if something cannot be deleted
     */
    public static void deleteRecursively(Path path) {
        try {
            if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                children(path).forEach(AtomicFiles::deleteRecursively);
            }
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot delete " + path + ": " + e.getMessage(), e);
        }
    }

    private static void build(Path target, Body steps) {
        Path temporary = sibling(target, Leftovers.TEMPORARY);
        boolean done = false;
        try {
            Files.createDirectories(parent(target));
            steps.write(temporary);
            flush(parent(target));
            done = true;
        } catch (ClosedByInterruptException e) {
            Thread.interrupted(); // as the exception below says it
            throw (CancellationException) new CancellationException("Stopped.").initCause(e);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot write " + target + ": " + e, e);
        } finally {
            if (!done) {
                deleteRecursively(temporary);
            }
        }
    }

    private static void replaceDirectory(Path temporary, Path target) throws IOException {
        if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            return;
        }
        Path old = sibling(target, Leftovers.OLD);
        Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
        try {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
            throw e;
        }
        deleteRecursively(old);
    }

    private static void flushTree(Path path) throws IOException {
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            for (Path child : children(path)) {
                flushTree(child);
            }
        }
        flush(path);
    }

    /** Forces a file or a directory to the disk. Windows cannot open a directory, and needs no flush of it. */
    private static void flush(Path path) throws IOException {
        boolean directory = Files.isDirectory(path);
        StandardOpenOption mode = directory ? StandardOpenOption.READ : StandardOpenOption.WRITE;
        try (FileChannel channel = FileChannel.open(path, mode)) {
            channel.force(true);
        } catch (IOException e) {
            if (!directory) {
                throw e;
            }
        }
    }

    private static List<Path> children(Path directory) throws IOException {
        try (Stream<Path> children = Files.list(directory)) {
            return children.toList();
        }
    }

    private static Path sibling(Path target, String prefix) {
        return parent(target).resolve(Leftovers.name(prefix, target));
    }

    private static Path parent(Path target) {
        Path parent = target.toAbsolutePath().getParent();
        if (parent == null) {
            throw new InvalidInputException("Cannot write to " + target + ": name a file or a directory in it.");
        }
        return parent;
    }
}
