package dev.text2image.training.records;

import ai.djl.Device;
import dev.text2image.data.formats.ImageReader;
import dev.text2image.data.images.Images;
import dev.text2image.data.images.Transparency;
import dev.text2image.nn.Precision;
import dev.text2image.pipelines.GeneratedImages;
import dev.text2image.trackers.JournalTracker;
import dev.text2image.trackers.RunEnvironment;
import dev.text2image.trackers.RunEvent;
import dev.text2image.trackers.RunStart;
import dev.text2image.trackers.Tracker;
import dev.text2image.trackers.Trackers;
import dev.text2image.training.config.TrainingConfig;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What is written down about a run: its history in memory and as CSV, the journal, and TensorBoard's files. */
public final class RunRecords implements AutoCloseable {
    private static final String HISTORY_FILE = "history.csv";
    private static final String IMAGES_TAG = "validation";
    private static final String STEP_PREFIX = "step-";

    private final Path output;
    private final TrainingHistory history;
    private final Tracker tracker;
    private final RunStart start;
    private final boolean written;
    private boolean started;

    /**
     * Prepares the records; nothing is written before the first one.
     *
     * @param config the run
     * @param device where it computes
     * @param precision the number format that it computes in
     * @param step the optimizer steps that are done already
     * @param written whether anything is written; if not, there is only the history in memory
     */
    public RunRecords(TrainingConfig config, Device device, Precision precision, int step, boolean written) {
        this.written = written;
        this.output = Path.of(config.outputDir());
        this.history =
                step == 0 ? new TrainingHistory() : TrainingHistory.readIfPresent(output.resolve(HISTORY_FILE), step);
        Map<String, String> environment = new LinkedHashMap<>(RunEnvironment.describe(device));
        environment.put(RunPrecision.FIELD, precision.flagName());
        this.start = new RunStart(step, config.toJson(), environment);
        List<Tracker> trackers = new ArrayList<>();
        if (written) {
            trackers.add(new JournalTracker(output));
            Path logs = output.resolve(config.loggingDir()).resolve(config.trackerProjectName());
            trackers.addAll(Trackers.of(config.reportTo(), logs));
        }
        this.tracker = Tracker.all(trackers);
    }

    private Tracker tracker() {
        if (!started) {
            tracker.start(start);
            started = true;
        }
        return tracker;
    }

    /**
     * Returns what happened in each step.
     *
     * @return the history, which grows
     */
    public TrainingHistory history() {
        return history;
    }

    /**
     * Records a step.
     *
     * @param row what happened
     * @param averaged whether the run has a moving average
     */
    public void add(TrainingHistory.Row row, boolean averaged) {
        history.add(row);
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("train_loss", row.loss());
        values.put("lr", row.learningRate());
        values.put("grad_norm", row.gradientNorm());
        if (averaged) {
            values.put("ema_decay", row.emaDecay());
        }
        values.put("step_seconds", row.seconds());
        tracker().scalars(row.step(), values);
    }

    /**
     * Records a measurement on the validation images.
     *
     * @param result what was measured
     */
    public void add(ValidationResult result) {
        history.add(result);
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("validation_loss", result.loss());
        result.ranges().forEach(range -> values.put("validation_" + range.name(), range.loss()));
        tracker().scalars(result.step(), values);
    }

    /**
     * Writes images as files and hands them to the trackers.
     *
     * @param step the optimizer steps done
     * @param images what was drawn
     */
    public void add(int step, GeneratedImages images) {
        images.save(output.resolve(IMAGES_TAG).resolve(STEP_PREFIX + step));
        tracker()
                .images(
                        step,
                        IMAGES_TAG,
                        images.images().stream()
                                .map(image -> Images.fromBufferedImage(image, Transparency.DROP))
                                .toList());
    }

    /**
     * Reads the images that a run drew last.
     *
     * @param output where the run wrote
     * @return the images of its validation prompts; empty if it drew none
     */
    public static List<BufferedImage> lastImages(Path output) {
        Path last = list(output.resolve(IMAGES_TAG)).stream()
                .filter(path -> String.valueOf(path.getFileName()).matches(STEP_PREFIX + "\\d{1,9}"))
                .max(Comparator.comparingInt(path ->
                        Integer.parseInt(String.valueOf(path.getFileName()).substring(STEP_PREFIX.length()))))
                .orElse(null);
        return last == null
                ? List.of()
                : list(last).stream()
                        .filter(path -> path.toString().endsWith(".png"))
                        .sorted()
                        .map(path -> Images.toBufferedImage(ImageReader.read(path)))
                        .toList();
    }

    private static List<Path> list(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.toList();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot list " + directory + ": " + e.getMessage(), e);
        }
    }

    /**
     * Notes why a run stopped before its end, if there is anything to note it in.
     *
     * @param step the optimizer steps done
     * @param reason what stopped it
     */
    public void stopped(int step, RuntimeException reason) {
        if (started) {
            tracker.event(new RunEvent.Stopped(step, String.valueOf(reason.getMessage())));
        }
    }

    /**
     * Records an event.
     *
     * @param event what happened
     */
    public void add(RunEvent event) {
        tracker().event(event);
    }

    /** Writes the history and forces all records to the disk. */
    public void flush() {
        if (written) {
            history.write(output.resolve(HISTORY_FILE));
        }
        tracker().flush();
    }

    @Override
    public void close() {
        tracker.close();
    }
}
