package dev.text2image.pipelines;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.schedulers.NoiseSource;
import dev.text2image.torch.RandomTensors;
import dev.text2image.torch.Torch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Noise of which each image has a stream of its own, that of {@code torch.Generator("cpu").manual_seed(seed)}.
 *
 * <p>The engine has one generator, and its state cannot be put aside. So each stream is started again to draw on; the draws ahead
 * double in number each time, which keeps their cost proportional to what is used.
 */
final class SeededNoise implements NoiseSource, AutoCloseable {
    private final List<Long> seeds;
    private final NDManager ahead = Torch.newManager(Device.cpu());
    private final Deque<NDArray> next = new ArrayDeque<>();
    private int drawn;

    SeededNoise(List<Long> seeds) {
        this.seeds = seeds;
    }

    @Override
    public NDArray draw(NDManager manager, Shape shape) {
        if (next.isEmpty()) {
            drawAhead(new Shape(1).addAll(shape.slice(1)), Math.max(1, drawn));
        }
        try (NDArray noise = next.remove()) {
            NDArray moved = noise.toDevice(manager.getDevice(), true);
            moved.attach(manager);
            return moved;
        }
    }

    private void drawAhead(Shape image, int draws) {
        List<NDList> ofDraws = new ArrayList<>();
        for (int draw = 0; draw < draws; draw++) {
            ofDraws.add(new NDList());
        }
        try (NDManager scratch = ahead.newSubManager()) {
            for (long seed : seeds) {
                Torch.seed(seed);
                for (int passed = 0; passed < drawn; passed++) {
                    RandomTensors.normal(scratch, image).close();
                }
                ofDraws.forEach(draw -> draw.add(RandomTensors.normal(scratch, image)));
            }
            for (NDList draw : ofDraws) {
                NDArray images = NDArrays.concat(draw, 0); // (b, c, h, w)
                images.attach(ahead);
                next.add(images);
            }
        }
        drawn += draws;
    }

    @Override
    public void close() {
        ahead.close();
    }
}
