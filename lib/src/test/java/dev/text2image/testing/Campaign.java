package dev.text2image.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.text2image.io.InvalidInputException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Reads files with random damage, the same each time: each must be read, or refused with its name, at once and in a small heap. */
public final class Campaign {
    private static final int MUTATIONS = 2_000;
    private static final long SLOW_NANOS = 5_000_000_000L;
    private static final int MOST_SHOWN = 30;

    private final Path directory;
    private int failures;

    /** Damages files of a directory. */
    public Campaign(Path directory) {
        this.directory = directory;
        System.out.printf("%-36s %9s %6s %7s%n", "file", "mutations", "read", "refused");
    }

    /** Reads a file as its users do. */
    @FunctionalInterface
    public interface Reading {
        /** Reads it. */
        void read(Path file) throws Exception;
    }

    /** Reads the bytes of a file. */
    @FunctionalInterface
    public interface BytesReading {
        /** Reads them; the name is for messages. */
        void read(byte[] bytes, String name) throws Exception;
    }

    /** Starts a main method with a directory in a process with a heap of 64 MiB, prints what it says, and wants it to end well. */
    public static void start(Class<?> main, Path directory) throws IOException, InterruptedException {
        Path log = directory.resolve("log.txt");
        Process child = ChildJvm.of(
                        List.of("-Xmx64m", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true"),
                        main,
                        Files.createDirectory(directory.resolve("files")).toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            int code = child.waitFor();
            String said = Files.readString(log);
            System.out.println(said);
            assertThat(code).as(said).isZero();
        } finally {
            child.destroyForcibly();
        }
    }

    /** Damages a file of the directory, which is written each time and whole again at the end. */
    public void run(String name, byte[] whole, Reading reading) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        runBytes(name, whole, (bytes, path) -> {
            Files.write(file, bytes);
            reading.read(file);
        });
        Files.write(file, whole);
    }

    /** Damages the bytes of a file. */
    public void runBytes(String name, byte[] whole, BytesReading reading) {
        String path = directory.resolve(name).toString();
        Random random = new Random(name.hashCode());
        int read = 0;
        for (int i = 0; i <= MUTATIONS; i++) {
            // The first is the file as it is, which must be read.
            byte[] bytes = i == 0 ? whole : Mutations.mutate(whole, random);
            boolean accepted = accepted(path, bytes, i, reading);
            read += accepted && i > 0 ? 1 : 0;
        }
        System.out.printf(Locale.ROOT, "%-36s %9d %6d %7d%n", name, MUTATIONS, read, MUTATIONS - read);
    }

    /** Reads files that are known to be damaged. */
    public void refuses(Path file, byte[] damaged, BytesReading reading) {
        if (accepted(file.toString(), damaged, 1, reading)) {
            fail(file.toString(), 0, new AssertionError("it is read"));
        }
    }

    /** Ends the process. */
    public void end() {
        System.exit(failures == 0 ? 0 : 1);
    }

    private boolean accepted(String path, byte[] bytes, int number, BytesReading reading) {
        long start = processorNanos();
        boolean accepted = false;
        try {
            reading.read(bytes, path);
            accepted = true;
        } catch (InvalidInputException e) {
            String message = String.valueOf(e.getMessage());
            // What does not fit together, as the files of a tokenizer or a checkpoint, is named by its directory.
            Path parent = Path.of(path).getParent();
            boolean named = message.contains(path) || (!directory.equals(parent) && message.contains(parent + ""));
            if (number == 0 || !named || e.getCause() instanceof Error) {
                fail(path, number, e);
            }
        } catch (Throwable e) {
            fail(path, number, e);
        }
        if (processorNanos() - start > SLOW_NANOS) {
            fail(path, number, new AssertionError("it takes more than 5 s of the processor"));
        }
        return accepted;
    }

    private static long processorNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private void fail(String path, int number, Throwable e) {
        failures++;
        if (failures <= MOST_SHOWN) {
            System.out.println("FAILED " + path + ", mutation " + number);
            e.printStackTrace(System.out);
        }
    }
}
