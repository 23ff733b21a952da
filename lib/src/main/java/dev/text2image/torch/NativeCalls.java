package dev.text2image.torch;

import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/** The one call of DJL's native layer that has no public door: running a method of a module with gradients allowed. */
final class NativeCalls {
    private static final MethodHandle RUN_METHOD = find();
    private static final MethodHandle NEW_IVALUE = findIValueConstructor();

    /** libtorch keeps the choice of executor per thread. */
    private static final ThreadLocal<Boolean> EXECUTOR_CHOSEN = ThreadLocal.withInitial(() -> {
        JniUtils.setGraphExecutorOptimize(false);
        return true;
    });

    private NativeCalls() {}

    private static MethodHandle find() {
        try {
            Class<?> library = Class.forName("ai.djl.pytorch.jni.PyTorchLibrary");
            MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(library, MethodHandles.lookup());
            Object instance = lookup.findStaticGetter(library, "LIB", library).invoke();
            MethodType type = MethodType.methodType(
                    long.class, long.class, String.class, long[].class, boolean.class, boolean.class);
            return lookup.findVirtual(library, "moduleRunMethod", type).bindTo(instance);
        } catch (Throwable e) {
            throw incompatible(e);
        }
    }

    private static MethodHandle findIValueConstructor() {
        try {
            MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(IValue.class, MethodHandles.lookup());
            return lookup.findConstructor(IValue.class, MethodType.methodType(void.class, long.class));
        } catch (ReflectiveOperationException e) {
            throw incompatible(e);
        }
    }

    private static IllegalStateException incompatible(Throwable cause) {
        return new IllegalStateException(
                "This version of DJL's PyTorch engine is not the one the library was built for"
                        + " (0.35.1); check the class path for a second version.",
                cause);
    }

    /**
     * Runs a method with the plain executor: the profiling one recompiles for each new shape, which costs more than it gains in
     * training. DJL's flag {@code train} is always true: false would run under inference mode, whose results cannot enter
     * autograd.
     */
    static IValue runMethod(long module, String method, long[] arguments) {
        EXECUTOR_CHOSEN.get();
        try {
            long result = (long) RUN_METHOD.invokeExact(module, method, arguments, true, false);
            return (IValue) NEW_IVALUE.invokeExact(result);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("The native method " + method + " failed.", e);
        }
    }
}
