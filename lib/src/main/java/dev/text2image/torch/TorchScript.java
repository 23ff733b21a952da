package dev.text2image.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * TorchScript methods compiled from source text at run time.
 *
 * <p>A method takes {@code Tensor}, {@code List[Tensor]}, {@code float}, {@code int} and {@code bool} arguments after
 * {@code self} and returns a {@code List[Tensor]}; in Java these are {@link NDArray}, {@link TensorList}, {@link Double},
 * {@link Long} and {@link Boolean}. Whether a call records gradients is decided by {@link Autograd} on the calling thread.
 */
public final class TorchScript implements AutoCloseable {
    private final long handle;
    private final AtomicBoolean closed = new AtomicBoolean();

    private TorchScript(long handle) {
        this.handle = handle;
    }

    /**
     * Compiles methods.
     *
     * @param methods the text of one or more methods, not indented; calls between them go through {@code self}
     * @return the compiled methods, to be closed by the caller
     * @throws ai.djl.engine.EngineException if libtorch rejects the source
     */
    public static TorchScript compile(String methods) {
        Torch.version(); // starts the engine
        byte[] archive = TorchScriptArchive.of(methods);
        try {
            return new TorchScript(
                    JniUtils.loadModuleHandle(new ByteArrayInputStream(archive), Device.cpu(), false, false));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Calls a method.
     *
     * @param manager owner of the results
     * @param method the method's name
     * @param arguments the arguments after {@code self}
     * @return the tensors of the returned list
     * @throws ai.djl.engine.EngineException if the computation fails, with libtorch's message
     */
    public NDList call(NDManager manager, String method, Object... arguments) {
        if (closed.get()) {
            throw new IllegalStateException("The compiled method " + method + " was closed before this call.");
        }
        List<IValue> temporary = new ArrayList<>();
        try {
            long[] handles = new long[arguments.length];
            for (int i = 0; i < arguments.length; i++) {
                handles[i] = handle(arguments[i], temporary);
            }
            try (IValue result = NativeCalls.runMethod(handle, method, handles)) {
                return new NDList(result.toTensorArray((PtNDManager) manager));
            }
        } finally {
            temporary.forEach(IValue::close);
        }
    }

    private static long handle(Object argument, List<IValue> temporary) {
        if (argument instanceof TensorList list) {
            return list.value().getHandle();
        }
        IValue value;
        if (argument instanceof NDArray array) {
            value = IValue.from(TensorList.pt(array));
        } else if (argument instanceof Double number) {
            value = IValue.from(number.doubleValue());
        } else if (argument instanceof Long number) {
            value = IValue.from(number.longValue());
        } else if (argument instanceof Boolean flag) {
            value = IValue.from(flag.booleanValue());
        } else {
            throw new IllegalArgumentException(
                    "A TorchScript method cannot take a " + argument.getClass().getSimpleName()
                            + "; it takes NDArray, TensorList, Double, Long and Boolean.");
        }
        temporary.add(value);
        return value.getHandle();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            JniUtils.deleteModule(handle);
        }
    }
}
