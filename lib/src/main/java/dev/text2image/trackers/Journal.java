package dev.text2image.trackers;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.text2image.io.InvalidInputException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.Table;

/**
 * Reads the journals that {@link JournalTracker} writes.
 *
 * <p>A journal keeps everything, so a reader takes its lines in order and follows three rules: a {@code start} begins anew; a
 * {@code resume} at step N makes void what was said of steps after N; a line that is not a JSON object was cut off when a run was
 * killed, and is passed over.
 */
public final class Journal {
    /** The name of a journal in a run's output directory. */
    public static final String FILE_NAME = "journal.jsonl";

    static final String START = "start";
    static final String RESUME = "resume";
    static final String VALUES = "values";

    private Journal() {}

    /**
     * Reads what the last run in a directory did, over all its resumes.
     *
     * @param directory the run's output directory
     * @return the lines that are not void, in order
     * @throws InvalidInputException if there is no journal, or a line of the file is not a journal's
     * @throws UncheckedIOException if it cannot be read
     */
    public static List<JsonObject> read(Path directory) {
        Path file = directory.resolve(FILE_NAME);
        if (!Files.isRegularFile(file)) {
            throw new InvalidInputException("There is no journal " + file + "; name the output directory of a run.");
        }
        List<JsonObject> valid = new ArrayList<>();
        // Not Files.lines: it would refuse a character that was cut in two.
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                parse(file, line).ifPresent(object -> add(valid, object));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file + ": " + e.getMessage(), e);
        }
        return List.copyOf(valid);
    }

    /**
     * Reads numbers of the last run in a directory, over all its resumes.
     *
     * @param directory the run's output directory
     * @param name the name of a number, such as {@code train_loss} or {@code validation_loss}
     * @return one row for each line of the journal with that number; columns step and all numbers of the first such line
     * @throws InvalidInputException if there is no journal, or none of its lines has the number
     */
    public static Table table(Path directory, String name) {
        List<JsonObject> lines = read(directory).stream()
                .filter(line -> line.has(VALUES) && line.getAsJsonObject(VALUES).has(name))
                .toList();
        if (lines.isEmpty()) {
            throw new InvalidInputException(
                    directory.resolve(FILE_NAME) + " has no " + name + "; it was not measured in that run.");
        }
        Table table = Table.create(name);
        table.addColumns(IntColumn.create(
                "step", lines.stream().mapToInt(line -> (int) stepOf(line)).toArray()));
        for (String column : lines.get(0).getAsJsonObject(VALUES).keySet()) {
            table.addColumns(DoubleColumn.create(
                    column,
                    lines.stream().mapToDouble(line -> value(line, column)).toArray()));
        }
        return table;
    }

    /** Numbers that JSON lacks are strings that Java reads; one that a line does not have is NaN. */
    private static double value(JsonObject line, String name) {
        JsonElement value = line.getAsJsonObject(VALUES).get(name);
        return value == null ? Double.NaN : Double.parseDouble(value.getAsString());
    }

    private static Optional<JsonObject> parse(Path file, String text) {
        JsonObject line;
        try {
            line = JsonParser.parseString(text).getAsJsonObject();
        } catch (JsonParseException | IllegalStateException e) {
            return Optional.empty();
        }
        if (!line.has("event") || !line.has("step")) {
            throw new InvalidInputException(file + " has the line " + text
                    + ", without event or step; remove it if it is not of this project.");
        }
        return Optional.of(line);
    }

    private static void add(List<JsonObject> valid, JsonObject line) {
        String event = line.get("event").getAsString();
        if (event.equals(START)) {
            valid.clear();
        } else if (event.equals(RESUME)) {
            long step = stepOf(line);
            valid.removeIf(earlier -> stepOf(earlier) > step);
        }
        valid.add(line);
    }

    private static long stepOf(JsonObject line) {
        return line.get("step").getAsLong();
    }
}
