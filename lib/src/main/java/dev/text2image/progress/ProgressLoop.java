package dev.text2image.progress;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Things to loop over, with a progress bar that follows the loop.
 *
 * <pre>{@code
 * var steps = Progress.range(300, "train");
 * for (int step : steps) {
 *     steps.note("loss %.4f", loss);
 * }
 * }</pre>
 *
 * <p>A loop that is left early, by {@code break} or by an exception, shows how far it came as soon as the loop around it goes on or
 * the statement of a notebook's cell ends.
 *
 * @param <T> what the loop is over
 */
public final class ProgressLoop<T> implements Iterable<T> {
    private static final ThreadLocal<Deque<ProgressLoop<?>.Steps>> RUNNING = ThreadLocal.withInitial(ArrayDeque::new);

    private final Iterable<? extends T> items;
    private final long total;
    private final String label;
    private final ProgressListener listener;
    private String note = "";

    ProgressLoop(Iterable<? extends T> items, long total, String label, ProgressListener listener) {
        this.items = items;
        this.total = total;
        this.label = label;
        this.listener = listener;
    }

    /**
     * Sets the text that stands beside the bar from the end of the current step on.
     *
     * @param format the text as of {@link String#format}, for example {@code "loss %.4f"}
     * @param values its values
     */
    public void note(String format, Object... values) {
        note = String.format(Locale.ROOT, format, values);
    }

    /**
     * Starts the loop and shows the bar.
     *
     * @return an iterator that counts a step as done when the next is asked for
     * @throws java.util.concurrent.CancellationException if the thread was interrupted, as all methods of the iterator
     */
    @Override
    public Iterator<T> iterator() {
        note = "";
        return new Steps(items.iterator());
    }

    /** Says how to use it, for a notebook whose cell ends with it. */
    @Override
    public String toString() {
        String over = total == ProgressListener.UNKNOWN ? "" : String.format(Locale.ROOT, " over %,d steps", total);
        return "a progress bar" + (label.isEmpty() ? "" : " \"" + label + "\"") + over
                + ", which a loop shows: for (var item : progress(...)) { ... }";
    }

    private final class Steps implements Iterator<T> {
        private final Iterator<? extends T> source;
        private final Progress progress;
        private final Runnable last = this::finish;
        private boolean inStep;
        private boolean finished;

        Steps(Iterator<? extends T> source) {
            this.source = source;
            progress = Progress.start(label, total, listener);
            RUNNING.get().push(this);
            OpenViews.add(last);
        }

        @Override
        public boolean hasNext() {
            return orFinish(() -> {
                endStep();
                boolean more = source.hasNext();
                if (!more) {
                    finish();
                }
                return more;
            });
        }

        @Override
        public T next() {
            if (!hasNext()) {
                throw new NoSuchElementException("The loop \"" + label + "\" has ended.");
            }
            return orFinish(() -> {
                T item = source.next();
                inStep = true;
                return item;
            });
        }

        private <R> R orFinish(Supplier<R> action) {
            try {
                return action.get();
            } catch (RuntimeException | Error e) {
                finish();
                throw e;
            }
        }

        private void endStep() {
            finishInnerLoops();
            if (inStep) {
                inStep = false;
                progress.step(note);
            }
        }

        /** A loop that started after this one and is still running was left early. */
        private void finishInnerLoops() {
            Deque<ProgressLoop<?>.Steps> running = RUNNING.get();
            if (running.contains(this)) {
                ProgressLoop<?>.@Nullable Steps inner = running.peek();
                while (inner != null && inner != this) {
                    inner.finish();
                    inner = running.peek();
                }
            }
        }

        private void finish() {
            if (!finished) {
                finished = true;
                RUNNING.get().remove(this);
                OpenViews.remove(last);
                progress.close();
            }
        }
    }
}
