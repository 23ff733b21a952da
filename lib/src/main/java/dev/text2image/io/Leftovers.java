package dev.text2image.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What processes that were killed left of {@link AtomicFiles}. Names of temporary files tell their process by its number and start,
 * because in containers the same number comes again with the next process.
 */
public final class Leftovers {
    static final String TEMPORARY = ".tmp-";
    static final String OLD = ".old-";
    private static final Pattern NAME =
            Pattern.compile("\\.(?:tmp|old)-(?<target>.+)-(?<process>\\d{1,18})\\.(?<start>\\d{1,18})-[0-9a-f]{8}");
    /** Linux reckons the start of a process from the clock, which may be set. */
    private static final long SAME_START_SECONDS = 2;

    private Leftovers() {}

    /** Returns a name beside a target that no other write uses. */
    static String name(String prefix, Path target) {
        ProcessHandle own = ProcessHandle.current();
        String unique = UUID.randomUUID().toString().substring(0, 8);
        return prefix + target.toAbsolutePath().getFileName() + "-" + own.pid() + "." + start(own) + "-" + unique;
    }

    /**
     * Cleans a directory, but not those in it: what dead processes had begun to write is deleted, and a directory that one of them
     * had moved away to replace it is put back. What a living process writes stays.
     *
     * @param directory the directory; nothing happens if there is none
     * @throws UncheckedIOException if something cannot be deleted
     */
    public static void recover(Path directory) {
        if (!Files.isDirectory(directory)) {
            return;
        }
        List<Path> entries;
        try (Stream<Path> all = Files.list(directory)) {
            entries = all.toList();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot list " + directory + ": " + e.getMessage(), e);
        }
        for (Path entry : entries) {
            Matcher name = NAME.matcher(String.valueOf(entry.getFileName()));
            if (name.matches()
                    && !isAlive(Long.parseLong(name.group("process")), Long.parseLong(name.group("start")))) {
                recover(entry, directory.resolve(name.group("target")));
            }
        }
    }

    private static void recover(Path entry, Path target) {
        boolean old = String.valueOf(entry.getFileName()).startsWith(OLD);
        if (!old || Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            AtomicFiles.deleteRecursively(entry);
            return;
        }
        try {
            Files.move(entry, target);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot move " + entry + " back to " + target + ": " + e.getMessage(), e);
        }
    }

    private static boolean isAlive(long process, long start) {
        return ProcessHandle.of(process)
                .filter(found -> Math.abs(start(found) - start) <= SAME_START_SECONDS)
                .isPresent();
    }

    /** Returns when a process started, in seconds; 0 where the system does not tell. */
    private static long start(ProcessHandle process) {
        return process.info().startInstant().map(Instant::getEpochSecond).orElse(0L);
    }
}
