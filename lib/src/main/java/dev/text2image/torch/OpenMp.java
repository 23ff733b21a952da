package dev.text2image.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.pytorch.jni.LibUtils;
import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The OpenMP library beside libtorch, GNU's or LLVM's, which divides an operation among processor cores. Each thread that computes has a
 * team of its own, which lasts as long as the thread.
 */
final class OpenMp {
    /** An operation on fewer numbers than this for each thread is divided among fewer (at::internal::GRAIN_SIZE). */
    private static final int GRAIN = 32_768;

    private static final String SET_THREADS = "omp_set_num_threads";
    private static final String PROCESSORS = "omp_get_num_procs";
    private static final List<String> FUNCTIONS = List.of(SET_THREADS, PROCESSORS);

    private static final Optional<NativeLibrary> LIBRARY = find();

    private OpenMp() {}

    /**
     * Chooses how many threads compute one operation for the calling thread, and for no other. Without the library nothing changes.
     *
     * @param count at least 1
     */
    static void setThreads(int count) {
        JniUtils.getNumThreads(); // a thread's first operation takes libtorch's number
        LIBRARY.ifPresent(library -> library.getFunction(SET_THREADS).invokeVoid(new Object[] {count}));
    }

    /** Returns how many processors the library sees, which may be more than a container may use; 0 without the library. */
    static int processors() {
        return LIBRARY.map(library -> library.getFunction(PROCESSORS).invokeInt(new Object[0]))
                .orElse(0);
    }

    /** Starts a team of the calling thread. */
    static void startTeam(int size) {
        setThreads(size);
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            manager.ones(new Shape((long) GRAIN * size));
        }
    }

    /** Without it all is computed as well, if slower; so nothing fails here. */
    private static Optional<NativeLibrary> find() {
        Torch.version(); // starts the engine, which loads the library
        try (Stream<Path> files = Files.list(Path.of(LibUtils.getLibtorchPath()))) {
            Optional<NativeLibrary> library = files.filter(
                            file -> file.getFileName().toString().matches("lib(gomp|omp|iomp5)[-.].*"))
                    .findFirst()
                    .map(file -> NativeLibrary.getInstance(file.toString()));
            library.ifPresent(found -> FUNCTIONS.forEach(found::getFunction)); // fails if it lacks one
            return library;
        } catch (IOException | UncheckedIOException | LinkageError e) {
            return Optional.empty();
        }
    }
}
