package dev.text2image.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import java.util.List;

/**
 * A fixed list of tensors in the form that a TorchScript method takes, built once and passed many times.
 *
 * <p>The list refers to the tensors themselves: a value changed in place is seen by the next call. It keeps their memory alive
 * until it is closed, also after their arrays were closed.
 */
public final class TensorList implements AutoCloseable {
    private final IValue value;
    private final int size;

    private TensorList(IValue value, int size) {
        this.value = value;
        this.size = size;
    }

    /**
     * Makes a list.
     *
     * @param tensors the tensors, in order
     * @return the list, to be closed by the caller
     */
    public static TensorList of(List<? extends NDArray> tensors) {
        PtNDArray[] handles = tensors.stream().map(TensorList::pt).toArray(PtNDArray[]::new);
        return new TensorList(IValue.listFrom(handles), handles.length);
    }

    /**
     * Returns the number of tensors.
     *
     * @return at least 0
     */
    public int size() {
        return size;
    }

    IValue value() {
        return value;
    }

    static PtNDArray pt(NDArray array) {
        if (array instanceof PtNDArray pt) {
            return pt;
        }
        throw new IllegalArgumentException("A PyTorch tensor is needed, but this is a "
                + array.getClass().getSimpleName() + "; create it with a manager of Torch.newManager.");
    }

    @Override
    public void close() {
        value.close();
    }
}
