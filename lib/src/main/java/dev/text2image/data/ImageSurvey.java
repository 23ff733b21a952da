package dev.text2image.data;

import dev.text2image.progress.Progress;
import dev.text2image.progress.ProgressListener;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Checks the images of a data set on all processors, with a progress bar unless it is done at once. */
final class ImageSurvey {
    private static final int SHORT = 1000;
    private static final int AHEAD_PER_WORKER = 16;

    private ImageSurvey() {}

    static List<BrokenImage> of(CaptionedDataset dataset, ImageCheck.Depth depth) {
        int threads = Runtime.getRuntime().availableProcessors();
        ExecutorService workers = Executors.newFixedThreadPool(threads, ImageSurvey::thread);
        List<BrokenImage> broken = new ArrayList<>();
        Deque<Future<Optional<BrokenImage>>> asked = new ArrayDeque<>();
        try (Progress progress = progress(dataset.size(), depth)) {
            for (int next = 0; next < dataset.size() || !asked.isEmpty(); ) {
                if (next < dataset.size() && asked.size() < threads * AHEAD_PER_WORKER) {
                    int row = next++;
                    asked.add(workers.submit(() -> look(dataset, row, depth)));
                } else {
                    take(asked.remove()).ifPresent(broken::add);
                    progress.step(broken.isEmpty() ? "" : broken.size() + " broken");
                }
            }
            return broken;
        } finally {
            workers.shutdownNow();
        }
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "text2image-check");
        thread.setDaemon(true);
        return thread;
    }

    private static Progress progress(int size, ImageCheck.Depth depth) {
        boolean brief = depth == ImageCheck.Depth.HEADER && size < SHORT;
        return brief
                ? Progress.start("check images", size, ProgressListener.SILENT)
                : Progress.start("check images", size);
    }

    private static Optional<BrokenImage> look(CaptionedDataset dataset, int row, ImageCheck.Depth depth) {
        CaptionedImage image = dataset.row(row);
        return image.problem(depth).map(reason -> new BrokenImage(row, image.name(), reason));
    }

    private static <T> T take(Future<T> result) {
        try {
            return result.get();
        } catch (InterruptedException e) {
            throw (CancellationException) new CancellationException("Stopped.").initCause(e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            } else if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException(e.getCause());
        }
    }
}
