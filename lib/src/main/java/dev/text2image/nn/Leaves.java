package dev.text2image.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.TensorList;
import dev.text2image.torch.TorchScript;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tensors in which the gradients of weights are gathered: other handles of their values, or of copies in half precision. */
final class Leaves implements AutoCloseable {
    private static final TorchScript SCRIPT = TorchScript.compile("""
            def renew(self, copies: List[Tensor], w: List[Tensor]) -> List[Tensor]:
              _0 = torch._foreach_copy_(copies, w)
              return []
            """);

    private final NDManager manager;
    private final Precision format;
    private final TensorList weights;
    /** What the leaves are handles of. */
    private final Map<String, NDArray> values;

    private final Map<String, NDArray> leaves = new LinkedHashMap<>();
    private TensorList list;

    /**
     * Makes leaves.
     *
     * @param owner parent of the manager of what is made
     * @param tensors float32 tensors by key
     * @param weights the same as a list
     * @param format FP32 for handles of the tensors themselves, else the format of the copies
     */
    Leaves(NDManager owner, Map<String, NDArray> tensors, TensorList weights, Precision format) {
        this.manager = owner.newSubManager();
        this.format = format;
        this.weights = weights;
        this.values = format == Precision.FP32 ? tensors : copies(tensors);
        this.list = attach();
    }

    private Map<String, NDArray> copies(Map<String, NDArray> tensors) {
        Map<String, NDArray> copies = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> copies.put(name, Weights.copy(manager, tensor, format)));
        return copies;
    }

    private TensorList attach() {
        values.forEach((name, value) -> {
            NDArray leaf = Autograd.detach(value);
            leaf.attach(manager);
            Autograd.requireGradient(leaf, true);
            leaves.put(name, leaf);
        });
        return TensorList.of(List.copyOf(leaves.values()));
    }

    Precision format() {
        return format;
    }

    Map<String, NDArray> tensors() {
        return Collections.unmodifiableMap(leaves);
    }

    TensorList list() {
        return list;
    }

    /** Drops the gradients. New leaves take the place of the old ones, since libtorch has no call that does this for a tensor. */
    void renew() {
        if (format != Precision.FP32) {
            renewCopies();
        }
        drop();
        list = attach();
    }

    private void renewCopies() {
        try (Autograd.Scope pause = Autograd.pause();
                NDManager scratch = manager.newSubManager();
                TensorList copies = TensorList.of(List.copyOf(values.values()))) {
            SCRIPT.call(scratch, "renew", copies, weights);
        }
    }

    private void drop() {
        list.close();
        leaves.values().forEach(NDArray::close);
        leaves.clear();
    }

    @Override
    public void close() {
        drop();
        manager.close();
    }
}
