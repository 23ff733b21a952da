package dev.text2image.cli;

import dev.text2image.io.InvalidInputException;
import dev.text2image.nn.MixedPrecision;
import dev.text2image.progress.ConsoleProgress;
import dev.text2image.progress.Progress;
import dev.text2image.torch.DeviceMemory;
import dev.text2image.training.commands.AbbreviatedFlag;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/** The entry point of the command line. */
@Command(
        name = "text2image",
        description = "Fine-tunes and samples Stable Diffusion models.",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        sortOptions = false,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            SampleCommand.class,
            LoraCommand.class,
            AutoencoderCommand.class,
            CreateCommand.class,
            HalveCommand.class,
            ConvertCommand.class,
            UnpackCommand.class,
            EvaluateCommand.class,
            CompareCommand.class,
            DownloadCommand.class,
            CacheCommand.class,
            PushCommand.class,
            FlagsCommand.class,
            MeasureCommand.class
        })
public final class Main {
    /** Set by ./run when standard error is a terminal, which Java can only tell from release 22 on. */
    private static final String TERMINAL = "text2image.terminal";

    /** Its flags are read by {@link dev.text2image.training.commands.GuideCommand}. */
    private static final String TRAIN = "train";

    private static final int FAILURE = 1;
    private static final int WRONG_USAGE = 2;
    private static final long SHUTDOWN_MILLIS = 30_000;
    /** Held here, as loggers that nobody refers to are collected and forget their level. */
    private static final Logger ENGINE_LOG = Logger.getLogger("ai.djl");

    private Main() {}

    /**
     * Runs a command and ends the process with its exit code: 0 if it succeeded, 1 if it failed, 2 for a wrong command line.
     *
     * @param args the command and its flags
     */
    public static void main(String[] args) {
        Thread hook = new Thread(interrupt(Thread.currentThread()), "stop");
        Runtime.getRuntime().addShutdownHook(hook);
        int code = run(System.err, args);
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            return; // the process is being stopped, and the hook waits for this thread to end
        }
        System.exit(code);
    }

    /** Lets a running step end when the process is asked to stop: native code must not run on while the JVM goes away. */
    private static Runnable interrupt(Thread worker) {
        return () -> {
            worker.interrupt();
            try {
                worker.join(SHUTDOWN_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
    }

    /**
     * Runs a command in this process, as others that use this class path do.
     *
     * @param err gets the sentence that says why the command failed
     * @param args the command and its flags
     * @return 0 if it succeeded, 1 if it failed, 2 for a wrong command line
     */
    public static int run(PrintStream err, String... args) {
        ENGINE_LOG.setLevel(Level.WARNING);
        Progress.setDefaultListener(new ConsoleProgress(System.err, Boolean.getBoolean(TERMINAL)));
        CommandLine main = new CommandLine(new Main())
                .addSubcommand(TrainCommand.commandLine(false))
                .addSubcommand(TrainCommand.commandLine(true))
                .registerConverter(MixedPrecision.class, MixedPrecision::of)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler((failure, unused) -> explain(failure, err))
                .setExecutionExceptionHandler((failure, command, parsed) -> report(failure, err));
        try {
            return main.execute(withWholeFlags(main, args));
        } catch (ParameterException e) {
            return explain(e, err);
        }
    }

    /** Writes abbreviated flags out; picocli's own way takes those that follow a flag of several values for values. */
    private static String[] withWholeFlags(CommandLine main, String[] args) {
        CommandLine command = args.length == 0 ? null : main.getSubcommands().get(args[0]);
        if (command == null || args[0].equals(TRAIN) || args[0].equals(TrainCommand.LORA_NAME)) {
            return args;
        }
        Set<String> names = command.getCommandSpec().optionsMap().keySet().stream()
                .map(name -> name.replaceFirst("^-+", ""))
                .collect(Collectors.toCollection(TreeSet::new));
        return Arrays.stream(args)
                .map(word -> word.startsWith("--") ? withWholeName(command, word, names) : word)
                .toArray(String[]::new);
    }

    private static String withWholeName(CommandLine command, String word, Set<String> names) {
        int end = word.contains("=") ? word.indexOf('=') : word.length();
        try {
            return end == 2 ? word : "--" + AbbreviatedFlag.whole(word.substring(2, end), names) + word.substring(end);
        } catch (InvalidInputException e) {
            throw new ParameterException(command, String.valueOf(e.getMessage()), e);
        }
    }

    /** One sentence instead of picocli's message with the whole help text below. */
    private static int explain(ParameterException failure, PrintStream err) {
        CommandLine command = failure.getCommandLine();
        Throwable cause = failure.getCause();
        String message = cause != null && isForUsers(cause) ? cause.getMessage() : failure.getMessage();
        String name = command.getCommandSpec().qualifiedName();
        err.print(message);
        if (failure instanceof UnmatchedArgumentException unmatched) {
            List<String> suggestions = unmatched.getSuggestions();
            err.print(suggestions.isEmpty() ? "" : "; did you mean " + suggestions.get(0) + "?");
        }
        err.println(" See: " + name + " --help");
        return WRONG_USAGE;
    }

    private static boolean isForUsers(Throwable cause) {
        return cause instanceof InvalidInputException || cause instanceof IllegalArgumentException;
    }

    private static int report(Exception failure, PrintStream err) throws Exception {
        if (isForUsers(failure) || failure instanceof CancellationException) {
            err.println(failure.getMessage());
            return FAILURE;
        }
        Optional<String> exhausted = DeviceMemory.exhausted(failure);
        if (exhausted.isPresent()) {
            err.println(exhausted.get() + System.lineSeparator() + "README.md lists what takes less memory.");
            return FAILURE;
        }
        throw failure;
    }
}
