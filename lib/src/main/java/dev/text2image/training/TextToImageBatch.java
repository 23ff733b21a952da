package dev.text2image.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.text2image.training.objectives.Noise;
import dev.text2image.training.parallel.MicroBatch;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The inputs of a UNet and its loss.
 *
 * @param images pixels (b, 3, r, r) in [-1, 1]; with cached latents what the autoencoder gave for them (b, 2·c, h, w)
 * @param text token ids of the captions (b, n), int64; with cached embeddings hidden states (b, n, d)
 * @param textWeights how much each token counts (b, n), float32; null if all count the same, or for hidden states
 * @param posteriorNoise standard normal numbers for the draw from the autoencoder (b, c, h, w)
 * @param noise the noise that is added to the latents
 * @param importance how much the loss of each image counts, 1 as a rule
 * @param rowSeeds a seed for each image, of the dropout of adapters
 * @param timesteps one timestep for each image
 */
@SuppressWarnings("ArrayRecordComponent") // handed straight to the noise schedule, never compared
record TextToImageBatch(
        NDArray images,
        NDArray text,
        @Nullable NDArray textWeights,
        NDArray posteriorNoise,
        Noise noise,
        float[] importance,
        long[] rowSeeds,
        int... timesteps)
        implements MicroBatch<TextToImageBatch> {
    /** Makes a micro-batch whose images count the same. */
    TextToImageBatch(NDArray images, NDArray text, NDArray posteriorNoise, Noise noise, int... timesteps) {
        this(
                images,
                text,
                null,
                posteriorNoise,
                noise,
                evenly(timesteps.length),
                new long[timesteps.length],
                timesteps);
    }

    private static float[] evenly(int images) {
        float[] importance = new float[images];
        Arrays.fill(importance, 1);
        return importance;
    }

    /** Gives the arrays to another owner. */
    void attach(NDManager owner) {
        List<@Nullable NDArray> arrays =
                Arrays.asList(images, text, textWeights, posteriorNoise, noise.target(), noise.added());
        arrays.stream().filter(Objects::nonNull).forEach(array -> array.attach(owner));
    }

    /** Seeds for the dropout in the text encoder: those of the UNet moved by more than there are layers. */
    long[] textSeeds() {
        return Arrays.stream(rowSeeds).map(seed -> seed + (1L << 31)).toArray();
    }

    @Override
    public int size() {
        return timesteps.length;
    }

    @Override
    public TextToImageBatch rows(NDManager manager, int from, int to) {
        return new TextToImageBatch(
                MicroBatch.rows(manager, images, from, to),
                MicroBatch.rows(manager, text, from, to),
                textWeights == null ? null : MicroBatch.rows(manager, textWeights, from, to),
                MicroBatch.rows(manager, posteriorNoise, from, to),
                noise.rows(array -> MicroBatch.rows(manager, array, from, to)),
                Arrays.copyOfRange(importance, from, to),
                Arrays.copyOfRange(rowSeeds, from, to),
                Arrays.copyOfRange(timesteps, from, to));
    }
}
