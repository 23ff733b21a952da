package dev.text2image.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Submits jobs as {@code ./run spark} does, to two executors that are processes of their own. */
final class LocalCluster {
    private static final String EXECUTOR = "CoarseGrainedExecutorBackend";
    private static final long PATIENCE_MINUTES = 15;

    private final Path directory;
    private final Map<String, String> environment = new TreeMap<>();

    /**
     * Prepares a cluster.
     *
     * @param directory where the output of jobs goes
     */
    LocalCluster(Path directory) {
        this.directory = directory;
    }

    /** Takes a single executor. */
    LocalCluster withOneExecutor() {
        environment.put("TEXT2IMAGE_SPARK_MASTER", "local-cluster[1,1,1024]");
        return this;
    }

    /** A job that has ended: its exit code, and what it printed. */
    record Ended(int code, String printed) {}

    /** Runs a job. */
    Ended submit(String... words) throws IOException, InterruptedException {
        Path printed = Files.createTempFile(directory, "job", ".log");
        Process process = start(printed, words);
        return end(process, printed);
    }

    /** Runs a job, and kills one of its executors as soon as a file with some ending is below a directory. */
    Ended submitAndKill(Path place, String ending, String... words) throws IOException, InterruptedException {
        Path printed = Files.createTempFile(directory, "job", ".log");
        Process process = start(printed, words);
        try {
            while (process.isAlive() && files(place).keySet().stream().noneMatch(name -> name.endsWith(ending))) {
                Thread.sleep(20);
            }
            ProcessHandle executor = process.descendants()
                    .filter(child -> child.info().commandLine().orElse("").contains(EXECUTOR))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("The job ended too early: " + read(printed)));
            assertThat(executor.destroyForcibly()).isTrue();
        } catch (Throwable e) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            throw e;
        }
        return end(process, printed);
    }

    private Process start(Path printed, String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of("bash", "submit"));
        command.addAll(List.of(words));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(printed.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("SPARK") || name.contains("SPARK_"));
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static Ended end(Process process, Path printed) throws InterruptedException {
        if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            throw new AssertionError("The job does not end: " + read(printed));
        }
        return new Ended(process.exitValue(), read(printed));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The files below a directory with their bytes, by their names in it; those that are being written are left out. */
    static Map<String, byte[]> contents(Path place) throws IOException {
        Map<String, byte[]> contents = new TreeMap<>();
        for (var file : files(place).entrySet()) {
            contents.put(file.getKey(), Files.readAllBytes(file.getValue()));
        }
        return contents;
    }

    private static Map<String, Path> files(Path place) throws IOException {
        Map<String, Path> files = new TreeMap<>();
        if (Files.isDirectory(place)) {
            try (Stream<Path> all = Files.walk(place)) {
                all.filter(file -> !file.toString().contains("/.") && Files.isRegularFile(file))
                        .forEach(file -> files.put(place.relativize(file).toString(), file));
            } catch (UncheckedIOException e) {
                return files; // a directory was renamed while it was listed
            }
        }
        return files;
    }

    /** Asserts that two directories have the same files with the same bytes. */
    static void assertSameFiles(Path found, Path expected) throws IOException {
        Map<String, byte[]> wanted = contents(expected);
        Map<String, byte[]> there = contents(found);
        assertThat(there.keySet()).isEqualTo(wanted.keySet()).isNotEmpty();
        wanted.forEach((name, bytes) -> assertThat(there.get(name)).as(name).isEqualTo(bytes));
    }
}
