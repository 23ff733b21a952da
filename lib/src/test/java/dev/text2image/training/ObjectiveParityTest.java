package dev.text2image.training;

import static dev.text2image.testing.Fixtures.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.text2image.io.Json;
import dev.text2image.nn.Weights;
import dev.text2image.nn.graph.Checkpointing;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.samplers.DDPMScheduler;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.ShowsEffectOf;
import dev.text2image.torch.RandomTensors;
import dev.text2image.torch.Torch;
import dev.text2image.training.caching.Caches;
import dev.text2image.training.objectives.DiffusionLoss;
import dev.text2image.training.objectives.Dream;
import dev.text2image.training.objectives.LossWeighting;
import dev.text2image.training.objectives.NoiseOptions;
import dev.text2image.training.objectives.Objective;
import dev.text2image.training.optim.AdamW;
import dev.text2image.training.optim.EMAModel;
import dev.text2image.training.optim.LearningRateSchedule;
import dev.text2image.training.planning.TrainingPlan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Short runs against diffusers and accelerate, with each way to make noise, target, loss, accumulation and learning rate; the noise
 * is drawn here and there from the same seeds, so its order is tested too.
 */
class ObjectiveParityTest {
    private static final double TOLERANCE = 1e-4;
    private static final Shape LATENTS = new Shape(2, 4, 8, 8);

    private static Stream<Named<JsonObject>> runs() {
        return Json.readObject(Fixtures.DIRECTORY.resolve("objectives.json")).getAsJsonArray("runs").asList().stream()
                .map(JsonElement::getAsJsonObject)
                .map(run -> Named.of(run.get("name").getAsString(), run));
    }

    @ParameterizedTest
    @MethodSource("runs")
    @ShowsEffectOf({"input_perturbation", "dream_training", "dream_detail_preservation"})
    void trajectory(JsonObject run) {
        String model = run.get("model").getAsString();
        Path pipeline = Fixtures.DIRECTORY.resolve("tiny-" + model);
        try (NDManager manager = Torch.newManager(Device.cpu());
                Fixtures inputs = new Fixtures(manager, "training-" + model + ".safetensors");
                Fixtures expected = new Fixtures(manager, "objectives-" + model + ".safetensors");
                TrainedModels models = TinyRun.models(pipeline)) {
            TrainingStep step = new TrainingStep(models, Caches.NONE, objective(run, pipeline), Checkpointing.NONE);
            Inputs source = new Inputs(inputs, expected, run);
            try (Weights start = models.unet().weights().copy();
                    AdamW optimizer = new AdamW(TrainedWeights.byPrefix(models.trained()), AdamW.Settings.defaults());
                    EMAModel average = new EMAModel(models.unet().weights(), EMAModel.Options.defaults())) {
                train(run, source, step, optimizer, average);
                compare(source, "unet", start, models.unet().weights());
                compare(source, "ema", start, average.weights());
            }
        }
    }

    private static Objective objective(JsonObject run, Path pipeline) {
        SchedulerConfig scheduler =
                SchedulerConfig.fromJson(Json.readObject(pipeline.resolve("scheduler/scheduler_config.json")));
        boolean zeroTerminal = run.get("rescale_betas_zero_snr").getAsBoolean();
        DiffusionLoss loss = new DiffusionLoss(
                DDPMScheduler.from(scheduler.toBuilder()
                                .rescaleBetasZeroSnr(zeroTerminal)
                                .build())
                        .noiseSchedule(),
                scheduler.predictionType(),
                isSet(run, "snr_gamma")
                        ? new LossWeighting.MinSnr(run.get("snr_gamma").getAsDouble())
                        : new LossWeighting.Uniform());
        return new Objective(
                loss,
                isSet(run, "dream_detail_preservation")
                        ? new Dream(run.get("dream_detail_preservation").getAsDouble())
                        : null);
    }

    private static LearningRateSchedule schedule(JsonObject run) {
        LearningRateSchedule.Kind kind =
                LearningRateSchedule.Kind.of(run.get("lr_scheduler").getAsString());
        return new LearningRateSchedule(
                kind.curve(
                        run.get("lr_num_cycles").getAsInt(),
                        run.get("lr_power").getAsDouble(),
                        isSet(run, "lr_step_rules") ? run.get("lr_step_rules").getAsString() : null),
                run.get("learning_rate").getAsDouble(),
                run.get("lr_warmup_steps").getAsInt(),
                run.get("max_train_steps").getAsInt());
    }

    private static boolean isSet(JsonObject run, String name) {
        return !run.get(name).isJsonNull();
    }

    private static void train(JsonObject run, Inputs source, TrainingStep step, AdamW optimizer, EMAModel average) {
        LearningRateSchedule schedule = schedule(run);
        TrainingPlan plan = new TrainingPlan(
                run.get("batches_per_epoch").getAsInt(),
                run.get("gradient_accumulation_steps").getAsInt(),
                run.get("max_train_steps").getAsInt(),
                run.get("diffusers_compatible").getAsBoolean());
        for (int i = 0; i < plan.totalSteps(); i++) {
            double loss = 0;
            for (int j = 0; j < plan.groupSizeOf(i); j++) {
                loss += source.run(step, plan.epochOf(i), plan.firstBatchOf(i) + j, plan.divisorOf(i));
            }
            float norm = optimizer.gradientNorm();
            assertThat(loss / plan.divisorOf(i)).as("loss %d", i).satisfies(near(source.logged("loss", i), 1));
            assertThat((double) norm).as("norm %d", i).satisfies(near(source.logged("grad_norm", i), 3));
            assertThat(schedule.at(i)).as("rate %d", i).satisfies(near(source.logged("lr", i), 1e-2));
            optimizer.step(schedule.at(i), norm, run.get("max_grad_norm").getAsDouble());
            average.step();
        }
    }

    private static Consumer<Double> near(float expected, double factor) {
        return actual -> assertThat(actual).isCloseTo(expected, within(factor * TOLERANCE * expected));
    }

    private static void compare(Inputs source, String kind, Weights start, Weights weights) {
        Map<String, NDArray> sorted = new TreeMap<>(weights.tensors());
        float[] changes = source.expected(kind + ".changes").toFloatArray(); // (n, 2)
        int row = 0;
        for (Map.Entry<String, NDArray> entry : sorted.entrySet()) {
            NDArray change = entry.getValue().sub(start.tensors().get(entry.getKey()));
            double norm = changes[2 * row];
            assertThat((double) change.norm().getFloat())
                    .as("%s of %s", entry.getKey(), kind)
                    .isCloseTo(norm, within(1e-3 * norm));
            row++;
        }
        for (String name : List.of(
                "conv_in.bias", "mid_block.attentions.0.transformer_blocks.0.attn1.to_q.weight", "conv_out.weight")) {
            assertClose(weights.tensors().get(name), source.expected(kind + "." + name), TOLERANCE);
        }
    }

    /** Micro-batches of a run, and what is expected of it. */
    private record Inputs(Fixtures inputs, Fixtures expected, JsonObject run) {
        NDArray expected(String name) {
            return expected.get(run.get("name").getAsString() + "." + name);
        }

        float logged(String name, int step) {
            return expected(name).getFloat(step);
        }

        float run(TrainingStep step, int epoch, int index, int divisor) {
            int position = epoch * run.get("batches_per_epoch").getAsInt() + index;
            boolean late = run.get("rescale_betas_zero_snr").getAsBoolean();
            NDArray timesteps = late ? expected.get("late_timesteps") : inputs.get("timesteps");
            NoiseOptions options = new NoiseOptions(
                    run.get("noise_offset").getAsDouble(),
                    run.get("input_perturbation").getAsDouble());
            try (NDManager scratch = timesteps.getManager().newSubManager()) {
                long seed = run.get("noise_seed").getAsLong() + position;
                List<Shape> shapes = new ArrayList<>(List.of(LATENTS));
                shapes.addAll(options.shapes(LATENTS));
                List<NDArray> drawn =
                        RandomTensors.series(scratch, seed, shapes, 0).normals();
                TextToImageBatch batch = new TextToImageBatch(
                        inputs.get("pixel_values").get(index),
                        inputs.get("input_ids").get(index),
                        drawn.get(0),
                        options.of(drawn.subList(1, shapes.size())),
                        LongStream.of(timesteps.get(index).toLongArray())
                                .mapToInt(Math::toIntExact)
                                .toArray());
                return (float) step.run(scratch, batch, 1.0 / divisor).getAsDouble();
            }
        }
    }
}
