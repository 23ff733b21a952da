package dev.text2image.training;

import static dev.text2image.testing.Fixtures.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.text2image.nn.Weights;
import dev.text2image.nn.graph.Checkpointing;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.ShowsEffectOf;
import dev.text2image.torch.Torch;
import dev.text2image.training.caching.Caches;
import dev.text2image.training.optim.AdamW;
import dev.text2image.training.optim.EMAModel;
import dev.text2image.training.optim.LearningRateSchedule;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Six optimizer steps against diffusers: accumulation 2, Min-SNR 5, clipping, cosine with warm-up, moving average. */
class TrainingParityTest {
    private static final int STEPS = 6;
    private static final int ACCUMULATION = 2;
    private static final double TOLERANCE = 1e-4;

    @ParameterizedTest
    @CsvSource({"sd1,1.0,NONE", "sd1,1.0,FULL", "sd2,0.5,NONE", "sd2,0.5,SELECTIVE"})
    @ShowsEffectOf({"gradient_accumulation_steps", "max_grad_norm", "use_ema"})
    void trajectory(String model, double maxNorm, Checkpointing checkpointing) {
        Path pipeline = Fixtures.DIRECTORY.resolve("tiny-" + model);
        LearningRateSchedule schedule = new LearningRateSchedule(LearningRateSchedule.Kind.COSINE, 1e-3, 2, STEPS);
        try (NDManager manager = Torch.newManager(Device.cpu());
                Fixtures expected = new Fixtures(manager, "training-" + model + ".safetensors");
                TrainedModels models = TinyRun.models(pipeline)) {
            TrainingStep step = new TrainingStep(models, Caches.NONE, TinyRun.minSnr(pipeline), checkpointing);
            try (AdamW optimizer = new AdamW(TrainedWeights.byPrefix(models.trained()), AdamW.Settings.defaults());
                    EMAModel average = new EMAModel(models.unet().weights(), EMAModel.Options.defaults())) {
                for (int i = 0; i < STEPS; i++) {
                    accumulate(manager, expected, step, i);
                    float norm = optimizer.gradientNorm();
                    float expectedNorm = expected.get("grad_norm").getFloat(i);
                    assertThat((double) norm)
                            .as("norm %d", i)
                            .isCloseTo(expectedNorm, within(3 * TOLERANCE * expectedNorm));
                    assertThat(schedule.at(i)).isCloseTo(expected.get("lr").getFloat(i), within(1e-9));
                    optimizer.step(schedule.at(i), norm, maxNorm);
                    average.step();
                    compareWeights(
                            expected, "step" + (i + 1) + ".unet.", models.unet().weights());
                    compareWeights(expected, "step" + (i + 1) + ".ema.", average.weights());
                }
                compareAll(expected, "final.unet.", models.unet().weights());
                compareAll(expected, "final.ema.", average.weights());
            }
        }
    }

    private static void accumulate(NDManager manager, Fixtures expected, TrainingStep step, int i) {
        for (int j = 0; j < ACCUMULATION; j++) {
            int index = i * ACCUMULATION + j;
            try (NDManager scratch = manager.newSubManager()) {
                float actual = (float) step.run(scratch, TinyRun.batch(expected, index), 1.0 / ACCUMULATION)
                        .getAsDouble();
                float wanted = expected.get("loss").getFloat(index);
                assertThat((double) actual).as("loss %d", index).isCloseTo(wanted, within(TOLERANCE * wanted));
            }
        }
    }

    private static void compareWeights(Fixtures expected, String prefix, Weights weights) {
        weights.tensors().forEach((name, tensor) -> {
            if (expected.names().contains(prefix + name)) {
                assertClose(tensor, expected.get(prefix + name), TOLERANCE);
            }
        });
    }

    private static void compareAll(Fixtures expected, String prefix, Weights weights) {
        weights.tensors().forEach((name, tensor) -> {
            float[] normAndSum = expected.get(prefix + name).toFloatArray();
            assertThat((double) tensor.norm().getFloat())
                    .as(name)
                    .isCloseTo(normAndSum[0], within(TOLERANCE * Math.max(1, normAndSum[0])));
            assertThat((double) tensor.sum().getFloat()).as(name).isCloseTo(normAndSum[1], within(1e-3));
        });
    }
}
