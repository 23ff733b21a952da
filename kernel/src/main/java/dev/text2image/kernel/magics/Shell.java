package dev.text2image.kernel.magics;

import dev.text2image.io.InvalidInputException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.Reader;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Commands of the system's shell: {@code %shell}, {@code %%shell} and the lines that start with an exclamation mark. */
final class Shell {
    private static final boolean WINDOWS = System.getProperty("os.name", "").startsWith("Windows");
    private static final long SECONDS_TO_END = 2;
    /** What a command leaves running in the background may hold its output open for ever. */
    private static final Duration FOR_THE_LAST_OUTPUT = Duration.ofSeconds(1);

    private Shell() {}

    /**
     * Runs commands in the kernel's directory, without input, and prints what they print as they do.
     *
     * @throws InvalidInputException if there are none, or the last one fails
     * @throws InterruptedException if the cell was stopped; the commands and what they have started are then ended
     */
    static void run(String commands) throws IOException, InterruptedException {
        if (commands.isBlank()) {
            throw new InvalidInputException("There is no command beside or below the magic.");
        }
        List<String> command = WINDOWS ? List.of("cmd.exe", "/c", commands) : List.of("sh", "-c", commands);
        Process process = new ProcessBuilder(command)
                .redirectInput(Redirect.from(new File(WINDOWS ? "NUL" : "/dev/null")))
                .start();
        try {
            Thread out = print(process.getInputStream(), () -> System.out);
            Thread err = print(process.getErrorStream(), () -> System.err);
            int code = process.waitFor();
            out.join(FOR_THE_LAST_OUTPUT.toMillis());
            err.join(FOR_THE_LAST_OUTPUT.toMillis());
            if (code != 0) {
                throw new InvalidInputException("The command ended with exit code " + code + ".");
            }
        } finally {
            if (process.isAlive()) {
                end(process);
            }
        }
    }

    /** The stream is asked for each time, since the cell's own ends with the cell. */
    private static Thread print(InputStream output, Supplier<PrintStream> to) {
        Charset charset = WINDOWS ? Charset.forName(System.getProperty("native.encoding")) : StandardCharsets.UTF_8;
        var thread = new Thread(
                () -> {
                    var characters = new char[8192];
                    try (Reader reader = new InputStreamReader(output, charset)) {
                        for (int n = reader.read(characters); n >= 0; n = reader.read(characters)) {
                            to.get().print(new String(characters, 0, n));
                        }
                    } catch (IOException e) {
                        // The process was ended.
                    }
                },
                "shell-output");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** Ends a process and all that it has started, which would lose its parent otherwise. */
    private static void end(Process process) throws InterruptedException {
        List<ProcessHandle> all = Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                .toList();
        all.forEach(ProcessHandle::destroy);
        // The Stop has interrupted this thread already and will again; what is left is killed then.
        try {
            process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS);
        } finally {
            all.forEach(ProcessHandle::destroyForcibly);
        }
    }
}
