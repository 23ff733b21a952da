package dev.text2image.kernel.stop;

import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassWriter;

/**
 * A Java agent that lets the Stop button of a notebook end loops that are written in its cells.
 *
 * <p>JJava's Stop interrupts the cell's thread, which a loop that never waits does not notice, and which is lost if the thread
 * sends or waits just then. So the agent changes two kinds of classes: those that JShell makes of cells ({@link LoopChecks}),
 * which look whether they are to stop, and two of JJava's ({@link StopHooks}), which make a Stop last until the cell has ended.
 */
public final class StoppableLoops {
    /** What JShell names the classes of cells. */
    private static final String CELLS = "REPL/";

    private StoppableLoops() {}

    /**
     * Starts the agent; the JVM calls it before the kernel's main method.
     *
     * @param arguments not used
     * @param instrumentation where the agent registers
     */
    public static void premain(@Nullable String arguments, Instrumentation instrumentation) {
        instrumentation.addTransformer(new Changes());
    }

    /**
     * Ends the calling loop if its cell was stopped or its thread interrupted; the changed classes call it.
     *
     * @throws CancellationException if so; the interrupt flag is then cleared, while a stopped cell remains so, and the next check
     *     throws again
     */
    public static void check() {
        if (Thread.interrupted() || StopRequests.isRequested()) {
            throw new CancellationException("Stopped.");
        }
    }

    /**
     * Ends the calling method if its cell was stopped; the changed classes call it.
     *
     * @throws CancellationException if so
     */
    public static void checkCall() {
        if (StopRequests.isRequested()) {
            check();
        }
    }

    /**
     * Adds the checks to a class.
     *
     * @param classFile the class
     * @return the changed class
     */
    static byte[] transform(byte[] classFile) {
        var reader = new ClassReader(classFile);
        // A static call without arguments needs no more stack and no new frames.
        var writer = new ClassWriter(reader, 0);
        reader.accept(new LoopChecks(writer), 0);
        return writer.toByteArray();
    }

    private static final class Changes implements ClassFileTransformer {
        @Override
        public byte @Nullable [] transform(
                @Nullable ClassLoader loader,
                String name,
                @Nullable Class<?> redefined,
                @Nullable ProtectionDomain domain,
                byte[] classFile) {
            if (name == null) {
                return null;
            }
            try {
                return name.startsWith(CELLS)
                        ? StoppableLoops.transform(classFile)
                        : StopHooks.transform(name, classFile);
            } catch (RuntimeException e) {
                // A class file that ASM does not know runs as it is.
                return null;
            }
        }
    }
}
