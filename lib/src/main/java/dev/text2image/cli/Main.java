package dev.text2image.cli;

import dev.text2image.io.InvalidInputException;
import dev.text2image.progress.ConsoleProgress;
import dev.text2image.progress.Progress;
import java.util.concurrent.CancellationException;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The entry point of the command line. */
@Command(
        name = "text2image",
        description = "Fine-tunes and samples Stable Diffusion models.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {TrainCommand.class, AutoencoderCommand.class, CreateCommand.class})
public final class Main {
    /** Set by ./run when standard error is a terminal, which Java can only tell from release 22 on. */
    private static final String TERMINAL = "text2image.terminal";

    private static final int FAILURE = 1;
    /** Held here, as loggers that nobody refers to are collected and forget their level. */
    private static final Logger ENGINE_LOG = Logger.getLogger("ai.djl");

    private Main() {}

    /**
     * Runs a command and ends the process with its exit code: 0 if it succeeded, 1 if it failed, 2 for a wrong command line.
     *
     * @param args the command and its flags
     */
    public static void main(String[] args) {
        System.exit(run(args));
    }

    static int run(String... args) {
        ENGINE_LOG.setLevel(Level.WARNING);
        Progress.setDefaultListener(new ConsoleProgress(System.err, Boolean.getBoolean(TERMINAL)));
        return new CommandLine(new Main())
                .setExecutionExceptionHandler((failure, command, parsed) -> report(failure))
                .execute(args);
    }

    private static int report(Exception failure) throws Exception {
        if (failure instanceof InvalidInputException || failure instanceof CancellationException) {
            System.err.println(failure.getMessage());
            return FAILURE;
        }
        throw failure;
    }
}
