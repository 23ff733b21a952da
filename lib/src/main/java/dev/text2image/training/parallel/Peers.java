package dev.text2image.training.parallel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.text2image.nn.Weights;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.TensorList;
import dev.text2image.torch.Torch;
import dev.text2image.torch.TorchScript;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/** The weights of a process among others that train the same ones. */
final class Peers {
    private static final int HALF_BITS = 16;
    private static final int HALF = (1 << HALF_BITS) - 1;

    private static final TorchScript SCRIPT = TorchScript.compile("""
            def flat(self, leaves: List[Tensor]) -> List[Tensor]:
              parts = annotate(List[Tensor], [])
              for i in range(torch.len(leaves)):
                g = ops.prim.grad(leaves[i])
                if torch.__isnot__(g, None):
                  _0 = torch.append(parts, torch.flatten(unchecked_cast(Tensor, g)))
                else:
                  _1 = torch.append(parts, torch.zeros_like(torch.flatten(leaves[i])))
              return [torch.cat(parts)]
            def divided(self, flat: Tensor, leaves: List[Tensor]) -> List[Tensor]:
              parts = annotate(List[Tensor], [])
              first = 0
              for i in range(torch.len(leaves)):
                count = torch.numel(leaves[i])
                _0 = torch.append(parts, torch.reshape(torch.narrow(flat, 0, first, count), torch.size(leaves[i])))
                first = torch.add(first, count)
              return parts
            """);

    private final ProcessGroup processes;
    private final List<Weights> weights;

    /**
     * Takes the weights of this process.
     *
     * @param processes the processes, several
     * @param weights what is trained, with leaves in float32
     */
    Peers(ProcessGroup processes, List<Weights> weights) {
        this.processes = processes;
        this.weights = weights;
    }

    /**
     * Gives all processes the sum of their gradients; a process without any adds nothing.
     *
     * @param loss what this process adds to the loss of the step
     * @return the loss of the step, in float32 as it travels with the gradients
     */
    double sumGradients(double loss) {
        try (NDManager scratch = Torch.newManager(weights.get(0).device());
                Autograd.Scope pause = Autograd.pause()) {
            float[] values = flat(scratch);
            values[values.length - 1] = (float) loss;
            processes.sum(values);
            weights.forEach(Weights::forgetGradients); // new leaves, whose gradients the sums become
            setGradients(scratch, Arrays.copyOf(values, values.length - 1));
            return values[values.length - 1];
        }
    }

    /** All gradients, with a place for one more number at the end. */
    private float[] flat(NDManager scratch) {
        try (TensorList leaves = TensorList.of(leaves())) {
            float[] gradients =
                    SCRIPT.call(scratch, "flat", leaves).singletonOrThrow().toFloatArray();
            return Arrays.copyOf(gradients, gradients.length + 1);
        }
    }

    private void setGradients(NDManager scratch, float... sums) {
        List<NDArray> leaves = leaves();
        try (TensorList shapes = TensorList.of(leaves)) {
            NDList gradients = SCRIPT.call(scratch, "divided", scratch.create(sums), shapes);
            Autograd.backward(leaves, gradients);
        }
    }

    private List<NDArray> leaves() {
        return weights.stream().flatMap(some -> some.leaves().values().stream()).toList();
    }

    /**
     * Compares the weights of all processes by a hash of their bits.
     *
     * @return the first process whose weights are not those of the first one; empty if there is none
     */
    OptionalInt astray() {
        int hash = 1;
        for (Weights some : weights) {
            for (NDArray tensor : some.tensors().values()) {
                hash = 31 * hash + Arrays.hashCode(tensor.toFloatArray());
            }
        }
        float[] halves =
                new float[2 * processes.size()]; // each process fills its place, so that the sums are all of them
        halves[2 * processes.rank()] = hash >>> HALF_BITS;
        halves[2 * processes.rank() + 1] = hash & HALF;
        processes.sum(halves);
        for (int i = 1; i < processes.size(); i++) {
            if (halves[2 * i] != halves[0] || halves[2 * i + 1] != halves[1]) {
                return OptionalInt.of(i);
            }
        }
        return OptionalInt.empty();
    }
}
