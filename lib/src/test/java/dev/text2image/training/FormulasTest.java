package dev.text2image.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.text2image.io.Json;
import dev.text2image.schedulers.NoiseSchedule;
import dev.text2image.schedulers.PredictionType;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.testing.Fixtures;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Closed formulas against the numbers of diffusers. */
class FormulasTest {
    private static JsonObject read(String file) {
        return Json.readObject(Fixtures.DIRECTORY.resolve(file));
    }

    private static List<JsonObject> cases(JsonObject json) {
        return json.getAsJsonArray("cases").asList().stream()
                .map(JsonElement::getAsJsonObject)
                .toList();
    }

    @ParameterizedTest
    @EnumSource(LearningRateSchedule.Kind.class)
    void learningRateSchedules(LearningRateSchedule.Kind kind) {
        JsonObject json = read("lr_schedules.json");
        JsonObject expected = cases(json).stream()
                .filter(item -> item.get("name").getAsString().equals(kind.flagName()))
                .filter(item ->
                        !item.has("num_cycles") || item.get("num_cycles").getAsInt() == 1)
                .filter(item -> !item.has("power") || item.get("power").getAsDouble() == 1)
                .findFirst()
                .orElseThrow();
        LearningRateSchedule schedule = new LearningRateSchedule(
                kind,
                json.get("learning_rate").getAsDouble(),
                json.get("num_warmup_steps").getAsInt(),
                json.get("num_training_steps").getAsInt());
        List<JsonElement> multipliers = expected.getAsJsonArray("multipliers").asList();
        for (int step = 0; step < multipliers.size(); step++) {
            assertThat(schedule.multiplier(step))
                    .as("%s at %d", kind, step)
                    .isCloseTo(multipliers.get(step).getAsDouble(), within(1e-12));
        }
    }

    @Test
    void decaysOfTheMovingAverage() {
        JsonObject json = read("ema_decays.json");
        List<JsonElement> steps = json.getAsJsonArray("optimization_steps").asList();
        for (JsonObject item : cases(json)) {
            EMAModel.Options options = new EMAModel.Options(
                    item.get("decay").getAsDouble(),
                    item.get("min_decay").getAsDouble(),
                    item.get("update_after_step").getAsInt(),
                    item.get("use_ema_warmup").getAsBoolean(),
                    item.get("inv_gamma").getAsDouble(),
                    item.get("power").getAsDouble());
            for (int i = 0; i < steps.size(); i++) {
                assertThat(options.decayAt(steps.get(i).getAsInt()))
                        .as("%s at %s", options, steps.get(i))
                        .isCloseTo(item.getAsJsonArray("decays").get(i).getAsDouble(), within(1e-12));
            }
        }
    }

    @Test
    void minSnrWeights() {
        JsonObject json = read("min_snr.json");
        NoiseSchedule schedule = NoiseSchedule.from(SchedulerConfig.stableDiffusion());
        List<JsonElement> timesteps = json.getAsJsonArray("timesteps").asList();
        for (JsonObject item : cases(json)) {
            PredictionType prediction =
                    item.get("prediction_type").getAsString().equals("epsilon")
                            ? PredictionType.EPSILON
                            : PredictionType.V_PREDICTION;
            LossWeighting weighting =
                    new LossWeighting.MinSnr(item.get("snr_gamma").getAsDouble());
            for (int i = 0; i < timesteps.size(); i++) {
                float expected = item.getAsJsonArray("weights").get(i).getAsFloat();
                float actual =
                        weighting.weights(schedule, prediction, timesteps.get(i).getAsInt())[0];
                assertThat(actual)
                        .as("%s at %s", prediction, timesteps.get(i))
                        .isCloseTo(expected, within(2e-5f * expected));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.5, 1, 5, 20})
    void minSnrIsFiniteWhereNoSignalIsLeft(double gamma) {
        NoiseSchedule zeroTerminal =
                NoiseSchedule.from(SchedulerConfig.stableDiffusion()).rescaleZeroTerminalSnr();
        int last = zeroTerminal.size() - 1;
        LossWeighting weighting = new LossWeighting.MinSnr(gamma);
        assertThat(zeroTerminal.snr(last)).isZero();
        assertThat(weighting.weights(zeroTerminal, PredictionType.EPSILON, last))
                .containsExactly(1);
        assertThat(weighting.weights(zeroTerminal, PredictionType.V_PREDICTION, last))
                .containsExactly(0);
    }

    @Test
    void anEpochsLastStepHasTheRestOfTheBatches() {
        TrainingPlan plan = new TrainingPlan(5, 2, 7);
        assertThat(plan.stepsPerEpoch()).isEqualTo(3);
        assertThat(plan.epochs()).isEqualTo(3);
        assertThat(plan.groupSizeOf(1)).isEqualTo(2);
        assertThat(plan.groupSizeOf(2)).isEqualTo(1);
        assertThat(plan.firstBatchOf(4)).isEqualTo(2);
        assertThat(plan.epochOf(4)).isEqualTo(1);
    }
}
