package dev.text2image.trackers;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import dev.text2image.data.images.RgbImage;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Appends to a journal: one JSON object a line, in UTF-8, that says all a run did.
 *
 * <p>Every line has {@code event}, {@code time} (ISO 8601, UTC) and {@code step}, the optimizer steps done:
 *
 * <pre>
 * start, resume   config, environment
 * scalars         values, by name; "NaN", "Infinity" and "-Infinity" are strings
 * images          tag, count, width, height
 * text            tag, text
 * checkpoint      directory
 * skipped         reason
 * stopped         reason
 * finished
 * </pre>
 *
 * <p>Nothing is ever removed. {@link Journal} says what the last run did and how to find that out without Java.
 */
public final class JournalTracker implements Tracker {
    private static final Gson GSON =
            new GsonBuilder().disableHtmlEscaping().serializeNulls().create();

    private final Path path;
    private @Nullable AppendingFile file;

    /**
     * Creates the tracker; {@link #start} makes the file or goes on at its end.
     *
     * @param directory the run's output directory; the file is {@value Journal#FILE_NAME} in it
     */
    public JournalTracker(Path directory) {
        this.path = directory.resolve(Journal.FILE_NAME);
    }

    @Override
    public void start(RunStart start) {
        if (file != null) {
            throw new IllegalStateException("The journal " + path + " has started already.");
        }
        AppendingFile opened = new AppendingFile(path);
        file = opened;
        if (endsWithinALine()) {
            opened.append(new byte[] {'\n'});
        }
        JsonObject line = line(start.isResumed() ? Journal.RESUME : Journal.START, start.step());
        line.add("config", start.hyperParameters());
        line.add("environment", GSON.toJsonTree(start.environment()));
        append(line);
    }

    /** Tells whether a run was killed while it wrote a line. */
    private boolean endsWithinALine() {
        try (RandomAccessFile content = new RandomAccessFile(path.toFile(), "r")) {
            if (content.length() == 0) {
                return false;
            }
            content.seek(content.length() - 1);
            return content.read() != '\n';
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + path + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void scalars(long step, Map<String, Double> values) {
        JsonObject numbers = new JsonObject();
        values.forEach((name, value) -> {
            if (Double.isFinite(value)) {
                numbers.addProperty(name, value);
            } else {
                numbers.addProperty(name, value.toString());
            }
        });
        JsonObject line = line("scalars", step);
        line.add(Journal.VALUES, numbers);
        append(line);
    }

    @Override
    public void images(long step, String tag, List<RgbImage> images) {
        ImageBatch batch = new ImageBatch(tag, images);
        JsonObject line = line("images", step);
        line.addProperty("tag", tag);
        line.addProperty("count", images.size());
        line.addProperty("width", batch.width());
        line.addProperty("height", batch.height());
        append(line);
    }

    @Override
    public void text(long step, String tag, String text) {
        JsonObject line = line("text", step);
        line.addProperty("tag", tag);
        line.addProperty("text", text);
        append(line);
    }

    @Override
    public void event(RunEvent event) {
        if (event instanceof RunEvent.CheckpointWritten checkpoint) {
            append(
                    line("checkpoint", event.step()),
                    "directory",
                    checkpoint.directory().toString());
        } else if (event instanceof RunEvent.StepSkipped skipped) {
            append(line("skipped", event.step()), "reason", skipped.reason());
        } else if (event instanceof RunEvent.Stopped stopped) {
            append(line("stopped", event.step()), "reason", stopped.reason());
        } else {
            append(line("finished", event.step()));
        }
    }

    @Override
    public void flush() {
        open().sync();
    }

    private static JsonObject line(String event, long step) {
        JsonObject line = new JsonObject();
        line.addProperty("event", event);
        line.addProperty("time", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
        line.addProperty("step", step);
        return line;
    }

    private void append(JsonObject line, String name, String value) {
        line.addProperty(name, value);
        append(line);
    }

    private void append(JsonObject line) {
        open().append((GSON.toJson(line) + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private AppendingFile open() {
        if (file == null) {
            throw new IllegalStateException("The journal " + path + " is not open; call start first.");
        }
        return file;
    }

    @Override
    public void close() {
        if (file != null) {
            file.close();
            file = null;
        }
    }
}
