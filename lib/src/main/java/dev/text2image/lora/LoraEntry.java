package dev.text2image.lora;

import ai.djl.ndarray.types.Shape;
import dev.text2image.io.TensorInfo;
import java.util.List;
import java.util.Map;

/** The tensors of an adapter. */
record LoraEntry(Map<LoraKey.Role, TensorInfo> tensors) {
    TensorInfo tensor(LoraKey.Role role) {
        TensorInfo info = tensors.get(role);
        if (info == null) {
            throw new IllegalStateException("An adapter lacks its " + role + " although it was checked.");
        }
        return info;
    }

    /** The size of the two matrices. */
    long size() {
        return tensor(LoraKey.Role.DOWN).elementCount()
                + tensor(LoraKey.Role.UP).elementCount();
    }

    /** The weight's (out, in). */
    Shape shape() {
        List<Long> down = tensor(LoraKey.Role.DOWN).shape();
        List<Long> up = tensor(LoraKey.Role.UP).shape();
        return new Shape(up.isEmpty() ? 0 : up.get(0), down.size() < 2 ? 0 : down.get(1));
    }

    boolean isConvolution() {
        List<Long> down = tensor(LoraKey.Role.DOWN).shape();
        return down.size() == 4 && down.get(3) > 1;
    }
}
