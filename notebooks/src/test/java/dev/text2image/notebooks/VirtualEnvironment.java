package dev.text2image.notebooks;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The Python that JupyterLab and the kernel are installed in. */
final class VirtualEnvironment {
    private static final String PROPERTY = "notebooks.python";

    private VirtualEnvironment() {}

    /** Skips the calling test if the property is not given. */
    static void assumePresent() {
        assumeTrue(
                System.getProperty(PROPERTY) != null,
                "-D" + PROPERTY + "=PYTHON is not given, so there is no kernel; `./run test` gives it.");
    }

    /** A finished process: its exit code and what it printed. */
    record Finished(int exitCode, String output) {}

    /** Runs a script in the root directory of the project. */
    static Finished run(String name, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(System.getProperty(PROPERTY));
        command.addAll(Arrays.asList(arguments));
        Path log = Path.of("target", name + ".log");
        Files.createDirectories(log.getParent());
        var builder = new ProcessBuilder(command)
                .directory(new File(".."))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("TEXT2IMAGE_SMOKE", "1");
        builder.environment().put("PYTHONUNBUFFERED", "1");
        int exitCode = builder.start().waitFor();
        return new Finished(exitCode, Files.readString(log));
    }
}
