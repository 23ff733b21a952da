package dev.text2image.torch;

import ai.djl.pytorch.jni.LibUtils;
import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.file.Path;

/**
 * libtorch's global settings (ATen/Context.h), which neither DJL nor TorchScript can reach: they are called by their symbols in the
 * library that DJL has loaded. The symbols are those of Linux and macOS.
 */
final class NativeContext {
    private static final String CONTEXT = "_ZN2at13globalContextEv";
    private static final String SET_ALLOW_TF32 = "_ZN2at7Context18setAllowTF32CuBLASEb";
    private static final String ALLOW_TF32 = "_ZNK2at7Context15allowTF32CuBLASEv";

    private NativeContext() {}

    static void allowTf32(boolean allowed) {
        function(SET_ALLOW_TF32).invokeVoid(new Object[] {context(), allowed ? 1 : 0});
    }

    static boolean allowsTf32() {
        Object[] arguments = {context()};
        return (function(ALLOW_TF32).invokeInt(arguments) & 0xff) != 0; // a C++ bool fills one byte of the result
    }

    private static Pointer context() {
        return function(CONTEXT).invokePointer(new Object[0]);
    }

    private static Function function(String symbol) {
        Torch.version(); // starts the engine, which loads the library
        Path library = Path.of(LibUtils.getLibtorchPath(), System.mapLibraryName("torch_cpu"));
        try {
            return NativeLibrary.getInstance(library.toString()).getFunction(symbol);
        } catch (UnsatisfiedLinkError e) {
            throw new UnsupportedOperationException(
                    "TF32 cannot be switched in " + library + "; set TORCH_ALLOW_TF32_CUBLAS_OVERRIDE=1 in the"
                            + " environment before the program starts instead.",
                    e);
        }
    }
}
