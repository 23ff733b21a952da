package dev.text2image.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.sun.jna.Function;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import java.nio.MappedByteBuffer;
import java.util.Optional;

/**
 * A part of a file that is read where it lies in the system's cache of files, without a copy. It counts as memory of this process from
 * when it is read until it is paged out; the system can take it back at any time, and reads it from the disk again when it is needed.
 */
public final class FilePages {
    /** Linux's number of MADV_DONTNEED: on a mapped file it takes the pages from the process, and leaves them in the cache. */
    private static final int DONT_NEED = 4;

    private final MappedByteBuffer memory;

    private FilePages(MappedByteBuffer memory) {
        this.memory = memory;
    }

    /**
     * Takes a part of a file, if float32 numbers can be computed with where they are: on Linux, and if they lie at whole multiples of
     * their size, which the format of the file does not promise. Other systems may keep mapped files in memory, and Windows does not let
     * them be replaced.
     *
     * @param part the part, mapped for reading, little-endian
     * @return its pages, mapped until the garbage collector finds them; empty if the numbers have to be copied
     */
    public static Optional<FilePages> of(MappedByteBuffer part) {
        boolean suits = Platform.isLinux() && part.alignmentOffset(0, Float.BYTES) == 0;
        return suits ? Optional.of(new FilePages(part)) : Optional.empty();
    }

    /**
     * Makes a tensor of the numbers in the file. Whoever writes into it ends the process.
     *
     * @param manager owner of the tensor, on the CPU
     * @param shape its shape
     * @return a float32 tensor without memory of its own
     */
    public NDArray tensor(NDManager manager, Shape shape) {
        return manager.create(memory, shape, DataType.FLOAT32);
    }

    /** Takes the pages from this process; what is read again comes from the system's cache while it is there. */
    public void pageOut() {
        long start = Pointer.nativeValue(Native.getDirectBufferPointer(memory));
        long beforeStart = start % Libc.PAGE; // a mapping begins with a whole page of the file
        Object[] arguments = {new Pointer(start - beforeStart), beforeStart + memory.limit(), DONT_NEED};
        Libc.ADVISE.invokeInt(arguments);
    }

    /** Linux's; looked up when it is first needed. */
    private static final class Libc {
        static final NativeLibrary LIBRARY = NativeLibrary.getInstance(Platform.C_LIBRARY_NAME);
        static final Function ADVISE = LIBRARY.getFunction("madvise");
        static final int PAGE = LIBRARY.getFunction("getpagesize").invokeInt(new Object[0]);
    }
}
