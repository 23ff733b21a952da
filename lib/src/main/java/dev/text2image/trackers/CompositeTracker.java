package dev.text2image.trackers;

import dev.text2image.data.images.RgbImage;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Several trackers that are called as one. */
record CompositeTracker(List<Tracker> trackers) implements Tracker {
    @Override
    public void start(RunStart start) {
        trackers.forEach(tracker -> tracker.start(start));
    }

    @Override
    public void scalars(long step, Map<String, Double> values) {
        trackers.forEach(tracker -> tracker.scalars(step, values));
    }

    @Override
    public void images(long step, String tag, List<RgbImage> images) {
        trackers.forEach(tracker -> tracker.images(step, tag, images));
    }

    @Override
    public void text(long step, String tag, String text) {
        trackers.forEach(tracker -> tracker.text(step, tag, text));
    }

    @Override
    public void event(RunEvent event) {
        trackers.forEach(tracker -> tracker.event(event));
    }

    @Override
    public void flush() {
        trackers.forEach(Tracker::flush);
    }

    @Override
    public void close() {
        RuntimeException failure = null;
        for (Tracker tracker : trackers) {
            failure = close(tracker, failure);
        }
        if (failure != null) {
            throw failure;
        }
    }

    private static @Nullable RuntimeException close(Tracker tracker, @Nullable RuntimeException earlier) {
        try {
            tracker.close();
            return earlier;
        } catch (RuntimeException e) {
            if (earlier == null) {
                return e;
            }
            earlier.addSuppressed(e);
            return earlier;
        }
    }
}
