package dev.text2image.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.text2image.nn.Weights;
import dev.text2image.nn.graph.Checkpointing;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.samplers.DDPMScheduler;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.ShowsEffectOf;
import dev.text2image.torch.Torch;
import dev.text2image.training.caching.Caches;
import dev.text2image.training.objectives.DiffusionLoss;
import dev.text2image.training.objectives.LossWeighting;
import dev.text2image.training.objectives.Noise;
import dev.text2image.training.objectives.Objective;
import dev.text2image.training.optim.AdamW;
import dev.text2image.training.optim.AdamW8bit;
import dev.text2image.training.optim.Optimizer;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** A short training of a tiny UNet, most of whose parameters are in tensors large enough for 8-bit moments. */
class Optimizer8bitTrainingTest {
    private static final int MICRO_BATCHES = 12;
    private static final int STEPS = 60;

    @Test
    @ShowsEffectOf("use_8bit_adam")
    void theLossIsThatOfFloat32Moments() {
        double full = lossAfterTraining(AdamW::new);
        double eight = lossAfterTraining(AdamW8bit::new);
        assertThat(eight).isNotEqualTo(full).isCloseTo(full, within(0.005 * full));
    }

    /** The mean loss of the last pass over the data. */
    private static double lossAfterTraining(BiFunction<Map<String, Weights>, AdamW.Settings, Optimizer> optimizerOf) {
        DiffusionLoss loss = new DiffusionLoss(
                DDPMScheduler.from(SchedulerConfig.stableDiffusion()).noiseSchedule(),
                SchedulerConfig.stableDiffusion().predictionType(),
                new LossWeighting.Uniform());
        try (NDManager manager = Torch.newManager(Device.cpu());
                Fixtures data = new Fixtures(manager, "training-sd1.safetensors");
                TrainedModels models = TinyRun.models(Fixtures.DIRECTORY.resolve("tiny-sd1"))) {
            TrainingStep step = new TrainingStep(models, Caches.NONE, new Objective(loss, null), Checkpointing.NONE);
            double last = 0;
            try (Optimizer optimizer =
                    optimizerOf.apply(TrainedWeights.byPrefix(models.trained()), AdamW.Settings.defaults())) {
                for (int i = 0; i < STEPS; i++) {
                    float value = step(manager, data, step, i % MICRO_BATCHES);
                    optimizer.step(1e-3, optimizer.gradientNorm(), 1);
                    last += i >= STEPS - MICRO_BATCHES ? value / MICRO_BATCHES : 0;
                }
            }
            return last;
        }
    }

    private static float step(NDManager manager, Fixtures data, TrainingStep step, int index) {
        try (NDManager scratch = manager.newSubManager()) {
            TextToImageBatch batch = new TextToImageBatch(
                    data.get("pixel_values").get(index),
                    data.get("input_ids").get(index),
                    data.get("posterior_noise").get(index),
                    Noise.unperturbed(data.get("noise").get(index)),
                    LongStream.of(data.get("timesteps").get(index).toLongArray())
                            .mapToInt(Math::toIntExact)
                            .toArray());
            return (float) step.run(scratch, batch, 1).getAsDouble();
        }
    }
}
