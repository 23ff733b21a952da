package dev.text2image.kernel.repl.cells;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import jdk.jshell.spi.ExecutionControl;
import jdk.jshell.spi.ExecutionControl.ClassBytecodes;
import jdk.jshell.spi.ExecutionControl.UserException;
import jdk.jshell.spi.ExecutionControlProvider;
import org.dflib.jjava.jupyter.kernel.BaseKernel;
import org.dflib.jjava.kernel.execution.EvaluationInterruptedException;
import org.jspecify.annotations.Nullable;

/**
 * Calls magics. Like a statement, a magic runs in JJava's thread for cells, where Stop ends it; but nothing of it is compiled, so that no
 * name that cells define can get in its way.
 */
public final class MagicCalls {
    private static final String ENTRY = "REPL.$Magic$";
    private static final Queue<FutureTask<?>> NEXT = new ConcurrentLinkedQueue<>();

    private final ExecutionControl control;
    private final Method takeResult;

    MagicCalls(ExecutionControlProvider provider) {
        try (InputStream entry = MagicCalls.class.getResourceAsStream("/" + ENTRY.replace('.', '/') + ".class")) {
            control = provider.generate(null, Map.of());
            control.load(new ClassBytecodes[] {
                new ClassBytecodes(ENTRY, Objects.requireNonNull(entry).readAllBytes())
            });
            takeResult = control.getClass().getMethod("takeResult", String.class);
            takeResult.setAccessible(true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (Throwable e) {
            throw new IllegalStateException("This version of JJava does not let magics be called.", e);
        }
    }

    /** Calls a magic from the thread that handles requests. */
    @Nullable
    Object callInThreadOfCells(Magic magic) throws Throwable {
        var task = new FutureTask<@Nullable Object>(() -> call(magic));
        NEXT.add(task);
        try {
            takeResult.invoke(control, control.invoke(ENTRY, "next"));
            return task.get();
        } catch (ExecutionException e) {
            throw Objects.requireNonNull(e.getCause());
        } catch (UserException e) {
            NEXT.remove(task);
            throw new EvaluationInterruptedException(magic.name());
        }
    }

    /**
     * Says whether frames are those of code that a magic runs.
     *
     * @param frames the innermost first
     * @return whether one of them calls a magic
     */
    public static boolean isIn(List<StackTraceElement> frames) {
        return start(frames) < frames.size();
    }

    /**
     * Counts the frames above the innermost call of a magic.
     *
     * @param frames the innermost first
     * @return the number; that of all if there is none
     */
    public static int start(List<StackTraceElement> frames) {
        int i = 0;
        while (i < frames.size() && !frames.get(i).getClassName().equals(MagicCalls.class.getName())) {
            i++;
        }
        return i;
    }

    /** Calls a magic in this thread. */
    static @Nullable Object call(Magic magic) throws Exception {
        BaseKernel kernel = BaseKernel.notebookKernel();
        String body = magic.body();
        return body == null
                ? kernel.getMagicsRegistry().evalLineMagic(kernel, magic.name(), magic.arguments())
                : kernel.getMagicsRegistry().evalCellMagic(kernel, magic.name(), magic.arguments(), body);
    }

    /**
     * Calls a line magic in this thread; code of cells calls it.
     *
     * @param line the magic without its percent sign
     * @return its value
     * @throws Exception if the magic fails
     */
    public static @Nullable Object callLine(String line) throws Exception {
        return call(Magic.ofLine(line));
    }

    /**
     * Runs the magic that is next; JJava's thread for cells calls it.
     *
     * @return not null
     */
    public static Object runNext() {
        FutureTask<?> task = NEXT.poll();
        if (task != null) {
            task.run();
        }
        return "";
    }
}
