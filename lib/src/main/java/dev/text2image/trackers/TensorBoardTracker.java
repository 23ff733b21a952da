package dev.text2image.trackers;

import dev.text2image.data.images.Images;
import dev.text2image.data.images.RgbImage;
import dev.text2image.io.AtomicFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes what TensorBoard shows, laid out as accelerate's {@code TensorBoardTracker} lays it out.
 *
 * <pre>
 * directory/events.out.tfevents.*            scalars, images and text
 * directory/SECONDS/events.out.tfevents.*    hyper-parameters, for the tab HParams
 * directory/SECONDS/hparams.yml              hyper-parameters, alphabetical
 * </pre>
 *
 * <p>Each start adds files and changes none. A run that goes on makes TensorBoard replace the steps after the one that it goes on
 * from, as torch's {@code SummaryWriter} does with {@code purge_step}; a new run in an old directory makes it replace all. Images
 * that belong together become one image, in rows of eight (torch's {@code add_images}).
 */
public final class TensorBoardTracker implements Tracker {
    private final Path directory;
    private @Nullable EventFile events;
    private @Nullable EventFile hyperParameters;

    /**
     * Creates the tracker; {@link #start} makes the files.
     *
     * @param directory where TensorBoard finds the run: {@code <output_dir>/<logging_dir>/<tracker_project_name>}
     */
    public TensorBoardTracker(Path directory) {
        this.directory = directory;
    }

    @Override
    public void start(RunStart start) {
        if (events != null) {
            throw new IllegalStateException("The record in " + directory + " has started already.");
        }
        EventFile file = new EventFile(directory);
        events = file;
        double now = EventFile.now();
        long replacedFrom = start.isResumed() ? start.step() + 1 : 0;
        file.write(Events.fileVersionAt(now, replacedFrom));
        file.write(Events.sessionStart(now, replacedFrom));
        Path session = directory.resolve(String.format(Locale.ROOT, "%.3f", now));
        HyperParameters values = new HyperParameters(start.hyperParameters());
        EventFile sessionFile = new EventFile(session);
        hyperParameters = sessionFile;
        values.startEvents(now).forEach(sessionFile::write);
        AtomicFiles.writeString(session.resolve("hparams.yml"), values.toYaml());
    }

    @Override
    public void scalars(long step, Map<String, Double> values) {
        open(events).write(Events.scalars(EventFile.now(), step, values));
    }

    @Override
    public void images(long step, String tag, List<RgbImage> images) {
        RgbImage grid = new ImageBatch(tag, images).grid();
        open(events).write(Events.image(EventFile.now(), step, tag, grid.width(), grid.height(), Images.toPng(grid)));
    }

    @Override
    public void text(long step, String tag, String text) {
        open(events).write(Events.text(EventFile.now(), step, tag, text));
    }

    /** {@inheritDoc} TensorBoard learns only that a run has finished, which the tab HParams shows. */
    @Override
    public void event(RunEvent event) {
        EventFile session = open(hyperParameters);
        if (event instanceof RunEvent.Finished) {
            session.write(HyperParameters.finishedEvent(EventFile.now()));
        }
    }

    @Override
    public void flush() {
        open(events).sync();
        open(hyperParameters).sync();
    }

    private EventFile open(@Nullable EventFile file) {
        if (file == null) {
            throw new IllegalStateException("There is no open record in " + directory + "; call start first.");
        }
        return file;
    }

    @Override
    public void close() {
        try (EventFile main = events;
                EventFile session = hyperParameters) {
            events = null;
            hyperParameters = null;
        }
    }
}
