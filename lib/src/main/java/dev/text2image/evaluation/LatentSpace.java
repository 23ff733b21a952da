package dev.text2image.evaluation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.progress.Progress;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.Torch;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** What a model's autoencoder makes of pictures. */
public final class LatentSpace {
    private static final int BATCH = 16;

    private final AutoencoderKL autoencoder;

    /**
     * Uses an autoencoder, which stays the caller's.
     *
     * @param autoencoder the autoencoder
     */
    public LatentSpace(AutoencoderKL autoencoder) {
        this.autoencoder = autoencoder;
    }

    /**
     * Encodes pictures.
     *
     * @param pictures the pictures
     * @return the mean of each one's latents (c·h·w), scaled as the UNet sees them
     */
    public List<float[]> encode(Pictures pictures) {
        double scale = autoencoder.config().scalingFactor();
        return batches(
                "encode images",
                pictures,
                pixels -> autoencoder.encode(pixels).mean().mul(scale));
    }

    /**
     * Encodes pictures and decodes them again, from the mean of their latents.
     *
     * @param pictures the pictures
     * @return the same pictures as the autoencoder gives them back
     */
    public Pictures reconstruct(Pictures pictures) {
        List<float[]> pixels = batches(
                "reconstruct images",
                pictures,
                batch -> autoencoder.decode(autoencoder.encode(batch).mean()).clip(-1, 1));
        return new Pictures(pictures.resolution(), pictures.captions(), pixels);
    }

    /**
     * Measures how well pictures are given back.
     *
     * @param pictures the pictures
     * @param reconstructed the same, given back
     * @return the peak signal-to-noise ratio over all pixels, in dB
     */
    public static double decibels(Pictures pictures, Pictures reconstructed) {
        double squared = 0;
        for (int i = 0; i < pictures.size(); i++) {
            double distance = Neighbours.distance(
                    pictures.pixels().get(i), reconstructed.pixels().get(i));
            squared += distance * distance / pictures.size();
        }
        return 10 * Math.log10(4 / squared); // the peak of [-1, 1] is 2
    }

    private List<float[]> batches(String label, Pictures pictures, UnaryOperator<NDArray> network) {
        int edge = pictures.resolution();
        List<float[]> all = new ArrayList<>();
        try (Progress progress = Progress.start(label, pictures.size());
                Autograd.Scope pause = Autograd.pause();
                NDManager manager = Torch.newManager(autoencoder.device())) {
            for (int from = 0; from < pictures.size(); from += BATCH) {
                List<float[]> part = pictures.pixels().subList(from, Math.min(from + BATCH, pictures.size()));
                try (NDManager scratch = manager.newSubManager()) {
                    NDArray pixels =
                            scratch.create(joined(part), new Shape(part.size(), 3, edge, edge), DataType.FLOAT32);
                    NDArray output = network.apply(pixels);
                    output.attach(scratch);
                    NDList rows = output.split(part.size(), 0);
                    rows.attach(scratch);
                    rows.forEach(row -> all.add(row.toFloatArray()));
                }
                part.forEach(done -> progress.step());
            }
        }
        return all;
    }

    private static FloatBuffer joined(List<float[]> rows) {
        FloatBuffer buffer = FloatBuffer.allocate(rows.size() * rows.get(0).length);
        rows.forEach(buffer::put);
        return buffer.flip();
    }
}
