package dev.text2image.training.objectives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.Json;
import dev.text2image.schedulers.NoiseSchedule;
import dev.text2image.schedulers.PredictionType;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.ShowsEffectOf;
import dev.text2image.training.optim.EMAModel;
import dev.text2image.training.optim.LearningRateCurve;
import dev.text2image.training.optim.LearningRateSchedule;
import dev.text2image.training.planning.TrainingPlan;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Closed formulas against the numbers of diffusers. */
class FormulasTest {
    private static JsonObject read(String file) {
        return Json.readObject(Fixtures.DIRECTORY.resolve(file));
    }

    private static List<JsonObject> cases(JsonObject json, String name) {
        return json.getAsJsonArray(name).asList().stream()
                .map(JsonElement::getAsJsonObject)
                .toList();
    }

    @Test
    @ShowsEffectOf({"lr_scheduler", "lr_warmup_steps", "lr_num_cycles", "lr_power"})
    void learningRatesOfEveryName() {
        for (JsonObject item : cases(read("lr_schedules.json"), "get_scheduler")) {
            LearningRateSchedule.Kind kind =
                    LearningRateSchedule.Kind.of(item.get("name").getAsString());
            LearningRateCurve curve = kind.curve(
                    item.has("num_cycles") ? item.get("num_cycles").getAsInt() : 1,
                    item.has("power") ? item.get("power").getAsDouble() : 1,
                    item.has("step_rules") ? item.get("step_rules").getAsString() : null);
            assertMultipliers(item, curve);
        }
    }

    @Test
    void cosinesOfAnyNumberOfWaves() {
        for (JsonObject item : cases(read("lr_schedules.json"), "get_cosine_schedule_with_warmup")) {
            assertMultipliers(
                    item, new LearningRateCurve.Cosine(item.get("num_cycles").getAsDouble()));
        }
    }

    private static void assertMultipliers(JsonObject item, LearningRateCurve curve) {
        LearningRateSchedule schedule = new LearningRateSchedule(
                curve,
                item.get("learning_rate").getAsDouble(),
                item.get("num_warmup_steps").getAsInt(),
                item.get("num_training_steps").getAsInt());
        List<JsonElement> multipliers = item.getAsJsonArray("multipliers").asList();
        for (int step = 0; step < multipliers.size(); step++) {
            assertThat(schedule.multiplier(step))
                    .as("%s at %d", schedule, step)
                    .isCloseTo(multipliers.get(step).getAsDouble(), within(1e-12));
        }
    }

    /** Behaviour of the script with two steps of warm-up and ten steps in all. */
    @ParameterizedTest
    @CsvSource({
        "linear, '0 .5 1 .875 .75 .625 .5 .375 .25 .125 0'",
        "cosine, '0 .5 1 .96194 .85355 .69134 .5 .30866 .14645 .03806 0'",
        "cosine_with_restarts, '0 .5 1 .96194 .85355 .69134 .5 .30866 .14645 .03806 0'",
        "constant, '1 1 1 1 1 1 1 1 1 1 1'",
        "constant_with_warmup, '0 .5 1 1 1 1 1 1 1 1 1'"
    })
    void knownMultipliers(String name, String multipliers) {
        LearningRateSchedule schedule = new LearningRateSchedule(LearningRateSchedule.Kind.of(name), 1e-4, 2, 10);
        List<String> expected = List.of(multipliers.split(" "));
        for (int step = 0; step < expected.size(); step++) {
            assertThat(schedule.multiplier(step)).isCloseTo(Double.parseDouble(expected.get(step)), within(5e-6));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'1:10,0.1:20', 0.1:20, a factor alone at the end",
        "'1:10,', '', a factor alone at the end",
        "'1:10,0.5,0.1', 0.5, 'a factor, a colon and a step'",
        "'1:ten,0.1', 1:ten, a whole number above 0 after the colon",
        "'1:0,0.1', 1:0, a whole number above 0 after the colon",
        "'-1:10,0.1', -1:10, a factor of at least 0",
        "'NaN:10,0.1', NaN:10, a factor of at least 0",
        "'1:10,0.5:10,0.1', 0.5:10, a step that no other rule has"
    })
    void aStepRuleThatCannotBeReadIsNamed(String rules, String rule, String expected) {
        assertThatThrownBy(() -> LearningRateCurve.PiecewiseConstant.parse(rules))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith(
                        "lr_step_rules is '" + rules + "', of which '" + rule + "' should be " + expected)
                .hasMessageContaining("1:10,0.1:20,0.01");
    }

    @Test
    void shapesSayWhichOptionTheyMiss() {
        assertThatThrownBy(() -> LearningRateSchedule.Kind.PIECEWISE_CONSTANT.curve(1, 1, null))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("lr_step_rules is missing");
        assertThatThrownBy(() -> LearningRateSchedule.Kind.COSINE_WITH_RESTARTS.curve(0, 1, null))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("lr_num_cycles is 0, but must be at least 1.");
        assertThatThrownBy(() -> LearningRateSchedule.Kind.POLYNOMIAL.curve(1, -1, null))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("lr_power is -1.0, but must be above 0.");
        assertThatThrownBy(() -> new LearningRateSchedule(LearningRateSchedule.Kind.POLYNOMIAL, 1e-7, 0, 10))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("must start above it");
    }

    @Test
    @ShowsEffectOf({
        "ema_decay",
        "ema_min_decay",
        "ema_update_after_step",
        "use_ema_warmup",
        "ema_inv_gamma",
        "ema_power"
    })
    void decaysOfTheMovingAverage() {
        JsonObject json = read("ema_decays.json");
        List<JsonElement> steps = json.getAsJsonArray("optimization_steps").asList();
        for (JsonObject item : cases(json, "cases")) {
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

    /** The first steps and the step at which the cap is reached. */
    @ParameterizedTest
    @CsvSource({
        "1, 0",
        "2, .181818",
        "3, .25",
        "10, .526316",
        "100, .917431",
        "1000, .991080",
        "10000, .999101",
        "90000, .9999"
    })
    void knownDecays(int step, double decay) {
        assertThat(EMAModel.Options.defaults().decayAt(step)).isCloseTo(decay, within(5e-7));
    }

    @Test
    @ShowsEffectOf("snr_gamma")
    void minSnrWeights() {
        JsonObject json = read("min_snr.json");
        List<JsonElement> timesteps = json.getAsJsonArray("timesteps").asList();
        for (JsonObject item : cases(json, "cases")) {
            boolean zeroTerminal = item.get("rescale_betas_zero_snr").getAsBoolean();
            NoiseSchedule schedule = NoiseSchedule.from(SchedulerConfig.stableDiffusion().toBuilder()
                    .rescaleBetasZeroSnr(zeroTerminal)
                    .build());
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
    @CsvSource({"EPSILON, 0.91657", "V_PREDICTION, 0.29433"})
    void meanMinSnrWeights(PredictionType prediction, double mean) {
        NoiseSchedule schedule = NoiseSchedule.from(SchedulerConfig.stableDiffusion());
        float[] weights = new LossWeighting.MinSnr(5)
                .weights(schedule, prediction, IntStream.range(0, 1000).toArray());
        double sum = 0;
        for (float weight : weights) {
            sum += weight;
        }
        assertThat(sum / 1000).isCloseTo(mean, within(1e-5));
    }

    /** With a gamma of 5: no signal, little, just as much as counts, and much. */
    @ParameterizedTest
    @CsvSource({
        "0, 1, 0",
        "1e-38, 1, 1e-38",
        "1e-6, 1, 0.999999e-6",
        "1, 1, 0.5",
        "5, 1, 0.8333333",
        "1175.4406, 0.0042537, 0.0042501",
        "1e30, 5e-30, 5e-30",
        "Infinity, 0, 0"
    })
    void closedFormsOfTheMinSnrWeights(float snr, float epsilon, float velocity) {
        LossWeighting.MinSnr weighting = new LossWeighting.MinSnr(5);
        assertThat(weighting.weight(snr, PredictionType.EPSILON)).isCloseTo(epsilon, within(1e-4f * epsilon));
        assertThat(weighting.weight(snr, PredictionType.V_PREDICTION)).isCloseTo(velocity, within(1e-4f * velocity));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.5, 1, 5, 20})
    void minSnrIsFiniteWhereNoSignalIsLeft(double gamma) {
        NoiseSchedule zeroTerminal =
                NoiseSchedule.from(SchedulerConfig.stableDiffusion()).rescaleZeroTerminalSnr();
        int[] timesteps = IntStream.range(0, zeroTerminal.size()).toArray();
        int last = zeroTerminal.size() - 1;
        LossWeighting weighting = new LossWeighting.MinSnr(gamma);
        assertThat(zeroTerminal.snr(last)).isZero();
        float[] epsilon = weighting.weights(zeroTerminal, PredictionType.EPSILON, timesteps);
        float[] velocity = weighting.weights(zeroTerminal, PredictionType.V_PREDICTION, timesteps);
        for (int t : timesteps) {
            assertThat(epsilon[t]).isBetween(0f, 1f);
            assertThat(velocity[t]).isBetween(0f, 1f);
        }
        assertThat(epsilon[last]).isEqualTo(1);
        assertThat(velocity[last]).isZero();
    }

    @Test
    void dreamIsForNoisePredictionOnly() {
        NoiseSchedule schedule = NoiseSchedule.from(SchedulerConfig.stableDiffusion());
        DiffusionLoss velocity = new DiffusionLoss(schedule, PredictionType.V_PREDICTION, new LossWeighting.Uniform());
        assertThatThrownBy(() -> new Objective(velocity, new Dream(1)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("dream_training is on and prediction_type is v_prediction");
        assertThatThrownBy(() -> new Dream(0))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("dream_detail_preservation is 0.0, but must be above 0.");
    }

    @Test
    void anEpochsLastStepHasTheRestOfTheBatches() {
        TrainingPlan plan = new TrainingPlan(5, 2, 7, false);
        assertThat(plan.stepsPerEpoch()).isEqualTo(3);
        assertThat(plan.epochs()).isEqualTo(3);
        assertThat(plan.groupSizeOf(1)).isEqualTo(2);
        assertThat(plan.groupSizeOf(2)).isEqualTo(1);
        assertThat(plan.firstBatchOf(4)).isEqualTo(2);
        assertThat(plan.epochOf(4)).isEqualTo(1);
        assertThat(plan.divisorOf(1)).isEqualTo(2);
        assertThat(plan.divisorOf(2)).isEqualTo(1);
        assertThat(new TrainingPlan(5, 2, 7, true).divisorOf(2)).isEqualTo(2);
    }
}
