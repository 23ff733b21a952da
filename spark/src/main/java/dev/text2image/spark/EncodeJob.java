package dev.text2image.spark;

import com.google.gson.JsonParser;
import dev.text2image.training.CacheFilling;
import dev.text2image.training.caching.CachePart;
import dev.text2image.training.commands.GuideCommand;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.planning.DataCheck;
import dev.text2image.training.planning.TrainingEstimate;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Fills the caches of a run: image files are read by all executors to know them by their content, one list of what is missing is made,
 * and each item of it becomes a file of the cache, the same whoever encodes it.
 */
final class EncodeJob {
    private static final int IMAGES_PER_TASK = 1000;

    private final TrainingConfig config;

    /**
     * Reads the flags.
     *
     * @param flags those of {@code train}
     * @throws dev.text2image.io.InvalidInputException if they cannot be used
     */
    EncodeJob(List<String> flags) {
        this.config =
                GuideCommand.parse(flags, TrainingConfig.builder().build()).config();
    }

    /** Rows of the data set, up to the one behind the last. */
    private record Range(int from, int to) implements Serializable {}

    void run() {
        DataCheck check = TrainingEstimate.of(config).data();
        Run run = new Run(config.toJson().toString(), check);
        try (CacheFilling filling = new CacheFilling(config, check);
                Cluster cluster = new Cluster("encode")) {
            int images = filling.images();
            List<Range> ranges = IntStream.iterate(0, from -> from < images, from -> from + IMAGES_PER_TASK)
                    .mapToObj(from -> new Range(from, Math.min(from + IMAGES_PER_TASK, images)))
                    .toList();
            List<String> hashes = cluster
                    .each(
                            "read images",
                            ranges,
                            range -> new ArrayList<>(run.here().imageHashes(range.from(), range.to())))
                    .stream()
                    .flatMap(List::stream)
                    .toList();
            List<CachePart> parts = filling.missing(hashes);
            cluster.each("encode", parts, part -> {
                run.here().fill(part);
                return part.size();
            });
            System.out.println(
                    "Encoded: " + parts.stream().mapToInt(CachePart::size).sum() + " images and captions");
        }
    }

    /**
     * The run, as executors know it; models stay loaded from one task of an executor to the next.
     *
     * @param config its hyper-parameters as JSON
     * @param check what was found in its data
     */
    private record Run(String config, DataCheck check) implements Serializable {
        private static @Nullable CacheFilling opened;

        /** The caches in this executor, which works for one run only. */
        CacheFilling here() {
            CacheFilling known = opened;
            if (known == null) {
                known = new CacheFilling(
                        TrainingConfig.fromJson(JsonParser.parseString(config).getAsJsonObject()), check);
                opened = known;
            }
            return known;
        }
    }
}
