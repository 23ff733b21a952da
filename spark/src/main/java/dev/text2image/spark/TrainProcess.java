package dev.text2image.spark;

import ai.djl.Device;
import dev.text2image.io.InvalidInputException;
import dev.text2image.torch.Torch;
import dev.text2image.training.Trainer;
import dev.text2image.training.config.CacheMode;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.parallel.ProcessGroup;
import dev.text2image.training.planning.DataCheck;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.spark.BarrierTaskContext;
import org.jspecify.annotations.Nullable;

/** One of the executors that train a run together. What keeps one of them from training is told to all, which then end alike. */
final class TrainProcess implements AutoCloseable {
    private static final String YES = "+";
    private static final String NO = "-";

    private final BarrierTaskContext task;
    private final TrainingConfig config;
    private final DataCheck data;
    private final ProcessGroup processes;
    private @Nullable Trainer opened;

    TrainProcess(BarrierTaskContext task, TrainingConfig config, DataCheck data, ProcessGroup processes) {
        this.task = task;
        this.config = config;
        this.data = data;
        this.processes = processes;
    }

    /**
     * Tells all executors something.
     *
     * @param own what this one has to say, or to object
     * @return what each of them said
     * @throws InvalidInputException with the first objection
     */
    static List<String> agree(BarrierTaskContext task, Supplier<String> own) {
        String word;
        try {
            word = YES + own.get();
        } catch (InvalidInputException e) {
            word = NO + e.getMessage();
        }
        List<String> all = List.of(task.allGather(word));
        all.stream().filter(said -> said.startsWith(NO)).findFirst().ifPresent(said -> {
            throw new InvalidInputException(said.substring(NO.length()));
        });
        return all.stream().map(said -> said.substring(YES.length())).toList();
    }

    /**
     * Checks that this executor sees what the driver has written.
     *
     * @throws InvalidInputException if it does not
     */
    static void checkShared(String mark, String outputDirectory, String host) {
        if (!Files.exists(Path.of(mark))) {
            throw new InvalidInputException("output_dir is " + outputDirectory + ", but the executor on " + host
                    + " does not see there what the driver has written; choose a directory that all nodes share, at the"
                    + " same path.");
        }
    }

    /** Trains to the end of the run; returns its number of optimizer steps. */
    int train() {
        boolean first = processes.rank() == 0;
        if (List.of(config.cacheLatents(), config.cacheTextEmbeddings()).contains(CacheMode.DISK)) {
            agree(task, () -> first ? trainer().describe() : ""); // it encodes what the others then find
        }
        List<String> runs = agree(task, () -> trainer().describe());
        if (Set.copyOf(runs).size() > 1) {
            throw new InvalidInputException("The executors do not have the same run, so model, data or output_dir are"
                    + " not the same on all nodes:\n- " + String.join("\n- ", runs));
        }
        return trainer().run().rows().size();
    }

    private Trainer trainer() {
        if (opened == null) {
            opened = new Trainer(config, data, device(), processes);
        }
        return opened;
    }

    private Device device() {
        try {
            return Torch.device(config.device().equals("auto") ? Cluster.gpu().orElse("auto") : config.device());
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException(String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public void close() {
        if (opened != null) {
            opened.close();
        }
    }
}
