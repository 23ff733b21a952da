package dev.text2image.nn;

/**
 * The size of a low-rank change of a layer's weight, W + (alpha / rank) · B·A (Hu et al., 2021, section 4.1).
 *
 * @param rank rows of A and columns of B, at least 1
 * @param alpha what the product is multiplied by, times the rank; equal to the rank for a factor of 1
 */
public record LowRank(int rank, double alpha) {
    /** Checks the numbers. */
    public LowRank {
        if (rank < 1 || !Double.isFinite(alpha)) {
            throw new IllegalArgumentException("The rank is " + rank + " and alpha " + alpha
                    + ", but the rank must be at least 1 and alpha a finite number.");
        }
    }

    /**
     * Returns the factor of the product.
     *
     * @return alpha / rank
     */
    public double scale() {
        return alpha / rank;
    }
}
