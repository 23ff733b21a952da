package dev.text2image.kernel.stop;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Remembers that a cell is to stop, from the press on the Stop button until the last of its code has ended.
 *
 * <p>JJava interrupts the cell's thread once. What waits or sends at that moment takes the interrupt, and the code after it does
 * not learn of the Stop; and an interrupt in the middle of a message closes the kernel's channel for good. So the classes of
 * JJava that {@link StopHooks} changes report here, and a stopped cell's threads are interrupted by this class: not while they
 * send, again after they have sent, and again while they wait. Without the hooks nothing is ever requested.
 */
public final class StopRequests {
    private static final long MILLIS_BETWEEN_INTERRUPTS = 100;
    private static final int RESERVE = 32 << 20;
    private static final Object LOCK = new Object();
    private static final ThreadLocal<@Nullable Run> RUN = new ThreadLocal<>();
    private static final EnumSet<StopHooks.Hook> INSTALLED = EnumSet.noneOf(StopHooks.Hook.class);

    private static @Nullable Cell cell;
    /** Given up when a statement fails, so that its failure can be told although variables of cells fill the heap. */
    private static volatile byte @Nullable [] reserve;

    /** How many runs of stopped cells have not ended; lets the check of a loop be one comparison. */
    private static volatile int stopping;

    private StopRequests() {}

    /** One execution of a cell, which is a series of runs: one for each statement. */
    private static final class Cell {
        private final Set<Run> runs = new HashSet<>();
        private final List<Throwable> failures = new ArrayList<>();
        private volatile boolean stopped;
    }

    /** Code of a cell that runs in a thread. */
    private static final class Run implements Runnable {
        private final CompletableFuture<Object> result = new CompletableFuture<>();
        private final Cell owner;
        private final Callable<Object> code;
        private @Nullable Thread thread;
        private boolean sending;
        private boolean interruptedBefore;

        Run(Cell owner, Callable<Object> code) {
            this.owner = owner;
            this.code = code;
        }

        @Override
        public void run() {
            begin();
            try {
                Object value = owner.stopped ? null : code.call();
                end();
                result.complete(value);
            } catch (Throwable e) {
                reserve = null;
                failed(e);
                end();
                result.completeExceptionally(e);
            }
        }

        private void begin() {
            synchronized (LOCK) {
                thread = Thread.currentThread();
                RUN.set(this);
            }
        }

        private void end() {
            synchronized (LOCK) {
                if (thread == null) {
                    return;
                }
                thread = null;
                RUN.remove();
                owner.runs.remove(this);
                if (owner.stopped) {
                    stopping--;
                    // The thread goes back to JJava's pool, where the next cell finds it.
                    Thread.interrupted();
                }
            }
        }

        private void interrupt() {
            if (thread != null && !sending) {
                thread.interrupt();
            }
        }

        private boolean isWaiting() {
            return thread != null
                    && (thread.getState() == Thread.State.WAITING || thread.getState() == Thread.State.TIMED_WAITING);
        }
    }

    /** A cell starts. */
    public static void cellStarts() {
        synchronized (LOCK) {
            cell = new Cell();
            reserve();
        }
    }

    private static void reserve() {
        try {
            reserve = reserve == null ? new byte[RESERVE] : reserve;
        } catch (OutOfMemoryError e) {
            // A cell has filled the heap; this one may be about to empty it.
        }
    }

    /**
     * The cell has ended, or was reported as stopped while its code still ends.
     *
     * @return whether Stop was pressed meanwhile
     */
    public static boolean cellEnds() {
        synchronized (LOCK) {
            boolean stopped = cell != null && cell.stopped;
            cell = null;
            return stopped;
        }
    }

    /**
     * Runs a statement of the cell; JJava calls it in place of the executor.
     *
     * @param executor where the code runs
     * @param code the code
     * @return the result, cancelled from the start if the cell was stopped before
     */
    public static Future<Object> submit(ExecutorService executor, Callable<Object> code) {
        Run run;
        synchronized (LOCK) {
            if (cell == null) {
                return executor.submit(code);
            }
            run = new Run(cell, code);
            if (cell.stopped) {
                run.result.cancel(false);
                return run.result;
            }
            cell.runs.add(run);
        }
        executor.execute(run);
        return run.result;
    }

    /**
     * Runs code that a statement of the cell evaluates, in the same thread; JJava calls it in place of the method.
     *
     * @param method the code
     * @param receiver null, since the method is static
     * @param arguments none
     * @return the result
     * @throws IllegalAccessException never, since JShell's methods are public
     * @throws InvocationTargetException if the code fails
     */
    public static @Nullable Object invoke(Method method, @Nullable Object receiver, Object... arguments)
            throws IllegalAccessException, InvocationTargetException {
        try {
            return method.invoke(receiver, arguments);
        } catch (InvocationTargetException e) {
            failed(e);
            throw e;
        }
    }

    private static void failed(Throwable thrown) {
        Throwable cause = thrown.getCause();
        Run run = RUN.get();
        synchronized (LOCK) {
            Cell owner = run == null ? cell : run.owner;
            if (owner != null) {
                owner.failures.add(thrown instanceof InvocationTargetException && cause != null ? cause : thrown);
            }
        }
    }

    /**
     * The exceptions that code of the running cell has ended with, of which JShell hands on copies without causes.
     *
     * @return the exceptions, the first one first
     */
    public static List<Throwable> failures() {
        synchronized (LOCK) {
            return cell == null ? List.of() : List.copyOf(cell.failures);
        }
    }

    /** Stop was pressed; JJava calls it. */
    public static void stopCell() {
        synchronized (LOCK) {
            if (cell == null || cell.stopped) {
                return;
            }
            // First the results, so that JJava reports a Stop and not the exception that the code ends with.
            cell.runs.forEach(run -> run.result.cancel(false));
            cell.stopped = true;
            stopping += cell.runs.size();
            cell.runs.forEach(Run::interrupt);
            if (!cell.runs.isEmpty()) {
                Cell stopped = cell;
                var repeater = new Thread(() -> interruptUntilEnded(stopped), "stop-cell");
                repeater.setDaemon(true);
                repeater.start();
            }
        }
    }

    /** Interrupts code that waits again, since what it did before may have taken the first interrupt. */
    private static void interruptUntilEnded(Cell stopped) {
        try {
            while (true) {
                Thread.sleep(MILLIS_BETWEEN_INTERRUPTS);
                synchronized (LOCK) {
                    if (stopped.runs.isEmpty()) {
                        return;
                    }
                    stopped.runs.stream().filter(Run::isWaiting).forEach(Run::interrupt);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The thread starts to send a message, in which no interrupt may come; JJava calls it. */
    public static void sendStarts() {
        Run run = RUN.get();
        if (run != null) {
            synchronized (LOCK) {
                run.sending = true;
                run.interruptedBefore = Thread.interrupted();
            }
        }
    }

    /** The thread has sent a message; JJava calls it. */
    public static void sendEnds() {
        Run run = RUN.get();
        if (run != null) {
            synchronized (LOCK) {
                run.sending = false;
                if (run.interruptedBefore || run.owner.stopped) {
                    run.interrupt();
                }
            }
        }
    }

    /** Tells whether the calling thread runs code of a cell that was stopped. */
    static boolean isRequested() {
        if (stopping == 0) {
            return false;
        }
        Run run = RUN.get();
        return run != null && run.owner.stopped;
    }

    static void installed(StopHooks.Hook hook) {
        synchronized (LOCK) {
            INSTALLED.add(hook);
        }
    }

    /**
     * Names the hooks that this version of JJava has no place for; without them a Stop can be lost.
     *
     * @return the names; empty once a cell has run in a JJava version that is supported
     */
    public static List<String> missingHooks() {
        synchronized (LOCK) {
            var missing = new ArrayList<String>();
            EnumSet.complementOf(INSTALLED).forEach(hook -> missing.add(hook.name()));
            return missing;
        }
    }
}
