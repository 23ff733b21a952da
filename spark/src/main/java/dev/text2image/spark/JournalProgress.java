package dev.text2image.spark;

import com.google.gson.JsonObject;
import dev.text2image.progress.Progress;
import dev.text2image.trackers.Journal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Shows how far a run is that other machines train, by the journal that one of them writes. */
final class JournalProgress implements AutoCloseable {
    private static final int SECONDS_BETWEEN_LOOKS = 5;
    private static final String VALUES = "values";
    private static final String LOSS = "train_loss";

    private final Path output;
    private final Progress progress;
    private final ScheduledExecutorService clock;
    private int shown;

    /**
     * Starts to look.
     *
     * @param output where the run writes
     * @param total the optimizer steps of the run
     */
    JournalProgress(Path output, int total) {
        this.output = output;
        this.progress = Progress.start("train", total);
        this.clock = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread made = new Thread(task, "text2image-progress");
            made.setDaemon(true);
            return made;
        });
        var unused = clock.scheduleWithFixedDelay(
                this::look, SECONDS_BETWEEN_LOOKS, SECONDS_BETWEEN_LOOKS, TimeUnit.SECONDS);
    }

    private void look() {
        if (!Files.exists(output.resolve(Journal.FILE_NAME))) {
            return;
        }
        try {
            Journal.read(output).stream()
                    .filter(line ->
                            line.has(VALUES) && line.getAsJsonObject(VALUES).has(LOSS))
                    .reduce((first, last) -> last)
                    .ifPresent(this::show);
        } catch (RuntimeException e) {
            // A file on another machine may be out of reach or half there for a while; the next look sees more.
        }
    }

    /** Steps that are made again are not counted again. */
    private void show(JsonObject line) {
        int step = line.get("step").getAsInt();
        if (step > shown) {
            double loss = line.getAsJsonObject(VALUES).get(LOSS).getAsDouble();
            progress.steps(step - shown, String.format(Locale.ROOT, "loss %.4f", loss));
            shown = step;
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
        try {
            if (clock.awaitTermination(SECONDS_BETWEEN_LOOKS, TimeUnit.SECONDS)) {
                look();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        progress.close();
    }
}
