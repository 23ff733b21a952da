package dev.text2image.pipelines;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.text2image.torch.Scalars;

/**
 * Classifier-free guidance (arXiv 2207.12598): predictions are driven away from those for the negative prompt.
 *
 * @param scale the weight of the difference; guidance is active above 1
 * @param rescale how far the standard deviation of the prompt's prediction is restored, from 0 to 1 (arXiv 2305.08891, section 3.4)
 */
record Guidance(double scale, double rescale) {
    boolean isActive() {
        return scale > 1;
    }

    /**
     * Joins the two predictions. Intermediate arrays stay with the manager of {@code both}.
     *
     * @param both predictions for the negative prompts, then for the prompts (2·b, c, h, w)
     * @return the guided prediction (b, c, h, w)
     */
    NDArray combine(NDArray both) {
        NDList halves = both.split(2, 0);
        NDArray negative = halves.get(0);
        NDArray positive = halves.get(1);
        NDArray guided = negative.add(Scalars.mul(positive.sub(negative), scale));
        if (rescale == 0) {
            return guided;
        }
        NDArray restored = guided.mul(deviation(positive).div(deviation(guided)));
        return Scalars.mul(restored, rescale).add(Scalars.mul(guided, 1 - rescale));
    }

    /** The standard deviation of each sample, with Bessel's correction: (b, c, h, w) to (b, 1, 1, 1). */
    private static NDArray deviation(NDArray samples) {
        NDArray rows = samples.reshape(samples.size(0), -1); // (b, c·h·w)
        NDArray centred = rows.sub(rows.mean(new int[] {1}, true));
        NDArray variance = centred.square().sum(new int[] {1}, true).div(rows.size(1) - 1); // (b, 1)
        return variance.sqrt().reshape(-1, 1, 1, 1);
    }
}
