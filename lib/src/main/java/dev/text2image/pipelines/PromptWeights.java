package dev.text2image.pipelines;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import dev.text2image.torch.Scalars;

/**
 * How weights of words change what the UNet sees: each hidden state is multiplied by its token's weight, and all of them by what brings
 * their mean back (the rule of the web interface of AUTOMATIC1111, and of kohya's training scripts).
 */
public final class PromptWeights {
    /** A mean that is smaller than this share of the numbers is their rounding: the encoder's last norm was never trained. */
    private static final float ROUNDING = 1e-6f;

    private PromptWeights() {}

    /**
     * Applies weights. With a gradient on the hidden states, the result has one too.
     *
     * @param hiddenStates what the text encoder gives (b, n, d)
     * @param weights the weight of each token (b, n), of the same type
     * @return the embeddings (b, n, d), each row with the mean that it had, unless that was zero
     */
    public static NDArray apply(NDArray hiddenStates, NDArray weights) {
        NDArray scaled = hiddenStates.mul(weights.expandDims(2));
        NDArray before = mean(hiddenStates);
        NDArray one = before.onesLike();
        NDArray hasMean = before.abs().gt(Scalars.mul(mean(hiddenStates.abs()), ROUNDING));
        NDArray restoring =
                NDArrays.where(hasMean, before, one).div(NDArrays.where(hasMean, mean(scaled), one)); // (b, 1, 1)
        return scaled.mul(restoring);
    }

    /** The mean of each row: (b, n, d) to (b, 1, 1). */
    private static NDArray mean(NDArray rows) {
        return rows.reshape(rows.size(0), -1).mean(new int[] {1}, true).expandDims(2);
    }
}
