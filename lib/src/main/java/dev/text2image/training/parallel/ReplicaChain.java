package dev.text2image.training.parallel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.text2image.nn.Weights;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.TensorList;
import dev.text2image.torch.Torch;
import dev.text2image.torch.TorchScript;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Replicas in a row: each adds its gradients to those of the one before it, and copies the weights of the one before it. Every link
 * carries each number once, however many replicas there are.
 *
 * <p>The tensors go in buckets. A GPU only queues what it is told, so that while one link carries a bucket the next carries the one
 * before; on processors the work is done in that order.
 */
final class ReplicaChain {
    private static final long BUCKET_BYTES = 32L << 20;

    private static final TorchScript SCRIPT = TorchScript.compile("""
            def add(self, sums: List[Tensor], terms: List[Tensor]) -> List[Tensor]:
              for i in range(torch.len(sums)):
                _0 = torch.add_(sums[i], torch.to(terms[i], sums[i]))
              return []
            def copy(self, targets: List[Tensor], sources: List[Tensor]) -> List[Tensor]:
              for i in range(torch.len(targets)):
                _0 = torch.copy_(targets[i], sources[i])
              return []
            def differs(self, tensors: List[Tensor], copies: List[Tensor]) -> List[Tensor]:
              found = annotate(List[Tensor], [])
              for i in range(torch.len(tensors)):
                x = tensors[i]
                other = torch.ne(x, torch.to(copies[i], x))
                _0 = torch.append(found, torch.any(torch.logical_and(other, torch.eq(x, x))))
              return [torch.stack(found)]
            """);

    private final List<List<Weights>> replicas;
    private final List<String> names = new ArrayList<>();
    private final List<Bucket> buckets = new ArrayList<>();

    /** Tensors that go together, by their places among all of a replica. */
    private record Bucket(int from, int to) {
        List<NDArray> of(List<NDArray> tensors) {
            return tensors.subList(from, to);
        }
    }

    /**
     * Puts replicas in a row.
     *
     * @param replicas the trained weights of each, at least two
     */
    ReplicaChain(List<List<Weights>> replicas) {
        this.replicas = replicas;
        int first = 0;
        long bytes = 0;
        for (Weights weights : replicas.get(0)) {
            for (var tensor : weights.tensors().entrySet()) {
                names.add(tensor.getKey());
                bytes += Float.BYTES * tensor.getValue().size();
                if (bytes >= BUCKET_BYTES) {
                    buckets.add(new Bucket(first, names.size()));
                    first = names.size();
                    bytes = 0;
                }
            }
        }
        if (first < names.size()) {
            buckets.add(new Bucket(first, names.size()));
        }
    }

    /** Copies the first replica's weights to all others. */
    void copyWeights() {
        List<List<NDArray>> tensors =
                replicas.stream().map(ReplicaChain::tensors).toList();
        for (Bucket bucket : buckets) {
            for (int i = 1; i < tensors.size(); i++) {
                call("copy", bucket.of(tensors.get(i)), bucket.of(tensors.get(i - 1)));
            }
        }
    }

    /**
     * Adds up gradients in the first replica; the others' are freed.
     *
     * @param count how many replicas have some, from the first one on
     */
    void sumGradients(int count) {
        try (NDManager handles = Torch.newManager(replicas.get(0).get(0).device())) {
            List<List<NDArray>> gradients = replicas.subList(0, count).stream()
                    .map(weights -> gradients(handles, weights))
                    .toList();
            for (Bucket bucket : buckets) {
                for (int i = count - 1; i > 0; i--) {
                    call("add", bucket.of(gradients.get(i - 1)), bucket.of(gradients.get(i)));
                }
            }
        }
        replicas.subList(1, count).forEach(replica -> replica.forEach(Weights::forgetGradients));
    }

    /**
     * Compares the weights, each number with that of the first replica.
     *
     * @return the first difference; empty if there is none
     */
    Optional<Difference> difference() {
        List<NDArray> expected = tensors(replicas.get(0));
        for (int i = 1; i < replicas.size(); i++) {
            List<NDArray> copies = tensors(replicas.get(i));
            try (NDManager scratch = Torch.newManager(expected.get(0).getDevice())) {
                boolean[] differs = call(scratch, "differs", expected, copies)
                        .singletonOrThrow()
                        .toBooleanArray();
                for (int place = 0; place < differs.length; place++) {
                    if (differs[place]) {
                        return Optional.of(new Difference(i, names.get(place)));
                    }
                }
            }
        }
        return Optional.empty();
    }

    /**
     * Where a replica went astray.
     *
     * @param replica its number, from 1 as the first is 0
     * @param tensor the name of the tensor
     */
    record Difference(int replica, String tensor) {}

    private static List<NDArray> tensors(List<Weights> replica) {
        return replica.stream()
                .flatMap(weights -> weights.tensors().values().stream())
                .toList();
    }

    private static List<NDArray> gradients(NDManager handles, List<Weights> replica) {
        List<NDArray> gradients = new ArrayList<>();
        for (Weights weights : replica) {
            weights.leaves().forEach((name, leaf) -> {
                NDArray gradient = Autograd.gradient(leaf);
                if (gradient == null) {
                    throw new IllegalStateException("The parameter " + name
                            + " has no gradient; the loss must depend on" + " all that are trained.");
                }
                gradient.attach(handles);
                gradients.add(gradient);
            });
        }
        return gradients;
    }

    private static void call(String method, List<NDArray> targets, List<NDArray> sources) {
        try (NDManager scratch = Torch.newManager(targets.get(0).getDevice())) {
            call(scratch, method, targets, sources);
        }
    }

    private static NDList call(NDManager scratch, String method, List<NDArray> some, List<NDArray> others) {
        try (Autograd.Scope pause = Autograd.pause();
                TensorList first = TensorList.of(some);
                TensorList second = TensorList.of(others)) {
            return SCRIPT.call(scratch, method, first, second);
        }
    }
}
