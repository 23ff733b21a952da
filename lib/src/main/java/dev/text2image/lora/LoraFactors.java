package dev.text2image.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.text2image.torch.TorchScript;

/** The best approximations of matrices by products B·A of a rank: singular value decompositions, in float64. */
final class LoraFactors {
    private static final TorchScript SCRIPT = TorchScript.compile("""
            def factors(self, x: Tensor, rank: int) -> List[Tensor]:
              u, s, v, = torch.linalg_svd(x, False)
              root = torch.sqrt(torch.slice(s, 0, 0, rank))
              a = torch.mul(torch.slice(v, 0, 0, rank), torch.unsqueeze(root, 1))
              b = torch.mul(torch.slice(u, 1, 0, rank), root)
              return [a, b]
            def ofDifference(self, base: Tensor, tuned: Tensor, rank: int) -> List[Tensor]:
              difference = torch.flatten(torch.sub(torch.to(tuned, 7), torch.to(base, 7)), 1)
              found = (self).factors(difference, rank)
              return [torch.to(found[0], 6), torch.to(found[1], 6)]
            def ofProduct(self, a: Tensor, b: Tensor, scale: float, rank: int) -> List[Tensor]:
              qa, ra, = torch.linalg_qr(torch.t(torch.to(torch.flatten(a, 1), 7)))
              qb, rb, = torch.linalg_qr(torch.to(torch.flatten(b, 1), 7))
              found = (self).factors(torch.mul(torch.matmul(rb, torch.t(ra)), scale), rank)
              down = torch.matmul(found[0], torch.t(qa))
              up = torch.matmul(qb, found[1])
              return [torch.to(down, 6), torch.to(up, 6)]
            def norm(self, a: Tensor, b: Tensor) -> List[Tensor]:
              x = torch.to(torch.flatten(a, 1), 7)
              y = torch.to(torch.flatten(b, 1), 7)
              product = torch.mul(torch.matmul(torch.t(y), y), torch.matmul(x, torch.t(x)))
              return [torch.sqrt(torch.clamp(torch.sum(product), 0.0))]
            """);

    private LoraFactors() {}

    /**
     * Approximates what a training changed about a weight (out, in) or (out, in, k, k).
     *
     * @return A (rank, in·k·k) and B (out, rank), float32
     */
    static NDList ofDifference(NDManager manager, NDArray base, NDArray tuned, int rank) {
        return SCRIPT.call(manager, "ofDifference", base, tuned, (long) rank);
    }

    /** Approximates scale · B·A by factors of a lower rank, without the product itself. */
    static NDList ofProduct(NDManager manager, NDArray a, NDArray b, double scale, int rank) {
        return SCRIPT.call(manager, "ofProduct", a, b, scale, (long) rank);
    }

    /** The square root of the sum of all squares of B·A. */
    static double norm(NDManager scratch, NDArray a, NDArray b) {
        return SCRIPT.call(scratch, "norm", a, b).singletonOrThrow().toDoubleArray()[0];
    }
}
