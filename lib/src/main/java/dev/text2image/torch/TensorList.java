package dev.text2image.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import java.util.List;

/**
 * A fixed list of tensors in the form that a TorchScript method takes, built once and passed many times.
 *
 * <p>The list refers to the tensors themselves: a value changed in place is seen by the next call. The arrays must stay open as long as
 * the list is used.
 */
public final class TensorList implements AutoCloseable {
    private final IValue value;

    private TensorList(IValue value) {
        this.value = value;
    }

    /**
     * Makes a list.
     *
     * @param tensors the tensors, in order
     * @return the list, to be closed by the caller
     */
    public static TensorList of(List<? extends NDArray> tensors) {
        PtNDArray[] handles = tensors.stream().map(TensorList::pt).toArray(PtNDArray[]::new);
        return new TensorList(IValue.listFrom(handles));
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
