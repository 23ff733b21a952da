package dev.text2image.training.records;

import dev.text2image.io.AtomicFiles;
import dev.text2image.io.InvalidInputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.Table;

/** What happened in each optimizer step of a run, as a table and as a CSV file. */
public final class TrainingHistory {
    private static final String HEADER = "step,epoch,loss,learning_rate,gradient_norm,ema_decay,seconds";
    private static final int FIRST_STEPS = 3;
    private static final int LAST_STEPS = 50;

    private final List<Row> rows = new ArrayList<>();
    private final List<ValidationResult> validations = new ArrayList<>();

    /**
     * One optimizer step.
     *
     * @param step its number, from 1
     * @param epoch the epoch, from 0
     * @param loss mean loss of its micro-batches
     * @param learningRate learning rate
     * @param gradientNorm L2 norm of the gradients before clipping
     * @param emaDecay decay of the moving average, 0 without one
     * @param seconds time that the step took
     */
    public record Row(
            int step,
            int epoch,
            double loss,
            double learningRate,
            double gradientNorm,
            double emaDecay,
            double seconds) {}

    /**
     * Adds a step.
     *
     * @param row what happened
     */
    public void add(Row row) {
        rows.add(row);
    }

    /**
     * Adds a measurement on the validation images.
     *
     * @param result what was measured
     */
    public void add(ValidationResult result) {
        validations.add(result);
    }

    /**
     * Returns the measurements on the validation images that were made since the run started or went on; the journal has all.
     *
     * @return an unmodifiable list, empty without validation images
     */
    public List<ValidationResult> validations() {
        return Collections.unmodifiableList(validations);
    }

    /**
     * Returns the measurements on the validation images as a table.
     *
     * @return one row for each; columns step, validation_loss, and the loss of each range of timesteps
     */
    public Table validationTable() {
        Table table = Table.create("validation");
        table.addColumns(IntColumn.create(
                "step", validations.stream().mapToInt(ValidationResult::step).toArray()));
        table.addColumns(DoubleColumn.create(
                "validation_loss",
                validations.stream().mapToDouble(ValidationResult::loss).toArray()));
        int ranges = validations.isEmpty() ? 0 : validations.get(0).ranges().size();
        for (int i = 0; i < ranges; i++) {
            int range = i;
            table.addColumns(DoubleColumn.create(
                    validations.get(0).ranges().get(i).name(),
                    validations.stream()
                            .mapToDouble(result -> result.ranges().get(range).loss())
                            .toArray()));
        }
        return table;
    }

    /**
     * Returns all steps.
     *
     * @return an unmodifiable list
     */
    public List<Row> rows() {
        return Collections.unmodifiableList(rows);
    }

    /**
     * Estimates the rest of the run by the median of its last steps; the first steps, which are slower, are left out.
     *
     * @param stepsLeft number of steps that are still to be done
     * @return the time left; empty before the fourth step
     */
    public Optional<Duration> timeLeft(int stepsLeft) {
        int size = rows.size();
        if (size <= FIRST_STEPS) {
            return Optional.empty();
        }
        double[] seconds = rows.subList(Math.max(FIRST_STEPS, size - LAST_STEPS), size).stream()
                .mapToDouble(Row::seconds)
                .sorted()
                .toArray();
        double median = (seconds[(seconds.length - 1) / 2] + seconds[seconds.length / 2]) / 2;
        return Optional.of(Duration.ofMillis(Math.round(1000 * median * stepsLeft)));
    }

    /**
     * Returns the history as a table.
     *
     * @return one row for each step; columns step, epoch, loss, learning_rate, gradient_norm, ema_decay, seconds
     */
    public Table table() {
        return Table.create(
                "training",
                IntColumn.create("step", rows.stream().mapToInt(Row::step).toArray()),
                IntColumn.create("epoch", rows.stream().mapToInt(Row::epoch).toArray()),
                DoubleColumn.create("loss", rows.stream().mapToDouble(Row::loss).toArray()),
                DoubleColumn.create(
                        "learning_rate",
                        rows.stream().mapToDouble(Row::learningRate).toArray()),
                DoubleColumn.create(
                        "gradient_norm",
                        rows.stream().mapToDouble(Row::gradientNorm).toArray()),
                DoubleColumn.create(
                        "ema_decay", rows.stream().mapToDouble(Row::emaDecay).toArray()),
                DoubleColumn.create(
                        "seconds", rows.stream().mapToDouble(Row::seconds).toArray()));
    }

    /**
     * Writes the history as CSV.
     *
     * @param file the file, which is replaced
     */
    public void write(Path file) {
        StringBuilder text = new StringBuilder(HEADER).append('\n');
        for (Row row : rows) {
            text.append(String.format(
                    Locale.ROOT,
                    "%d,%d,%s,%s,%s,%s,%.3f%n",
                    row.step,
                    row.epoch,
                    row.loss,
                    row.learningRate,
                    row.gradientNorm,
                    row.emaDecay,
                    row.seconds));
        }
        AtomicFiles.writeString(file, text.toString());
    }

    /**
     * Reads a history back.
     *
     * @param file a file that {@link #write} made
     * @param lastStep steps after this one are left out
     * @return the history
     * @throws InvalidInputException if the file is not a history
     */
    public static TrainingHistory read(Path file, int lastStep) {
        try {
            List<String> lines = Files.readAllLines(file);
            if (lines.isEmpty() || !lines.get(0).equals(HEADER)) {
                throw new InvalidInputException(file + " is not a training history; its first line must be " + HEADER);
            }
            TrainingHistory history = new TrainingHistory();
            lines.stream()
                    .skip(1)
                    .map(line -> parse(file, line))
                    .filter(row -> row.step <= lastStep)
                    .forEach(history::add);
            return history;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /** Reads a history back, or starts an empty one if it was never written. */
    static TrainingHistory readIfPresent(Path file, int lastStep) {
        return Files.exists(file) ? read(file, lastStep) : new TrainingHistory();
    }

    private static Row parse(Path file, String line) {
        String[] cells = line.split(",", -1);
        try {
            return new Row(
                    Integer.parseInt(cells[0]),
                    Integer.parseInt(cells[1]),
                    Double.parseDouble(cells[2]),
                    Double.parseDouble(cells[3]),
                    Double.parseDouble(cells[4]),
                    Double.parseDouble(cells[5]),
                    Double.parseDouble(cells[6]));
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            throw new InvalidInputException(file + " has a damaged line: " + line + "; remove it.", e);
        }
    }
}
