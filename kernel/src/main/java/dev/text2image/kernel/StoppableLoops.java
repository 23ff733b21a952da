package dev.text2image.kernel;

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
 * <p>JJava's Stop interrupts the cell's thread, which a loop that never waits does not notice. The agent adds a look at the
 * interrupt flag to each backward jump and each lambda body of the classes that JShell makes of cells, and of no others.
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
        instrumentation.addTransformer(new Cells());
    }

    /**
     * Ends the calling loop if its cell was stopped; the changed classes call it.
     *
     * @throws CancellationException if the thread was interrupted, whose flag is then cleared
     */
    public static void check() {
        if (Thread.interrupted()) {
            throw new CancellationException("Stopped.");
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

    private static final class Cells implements ClassFileTransformer {
        @Override
        public byte @Nullable [] transform(
                @Nullable ClassLoader loader,
                String name,
                @Nullable Class<?> redefined,
                @Nullable ProtectionDomain domain,
                byte[] classFile) {
            if (name == null || !name.startsWith(CELLS)) {
                return null;
            }
            try {
                return StoppableLoops.transform(classFile);
            } catch (RuntimeException e) {
                // A class file that ASM does not know runs as it is.
                return null;
            }
        }
    }
}
