package dev.text2image.schedulers.samplers;

import static dev.text2image.schedulers.samplers.SchedulerTesting.floatList;
import static dev.text2image.schedulers.samplers.SchedulerTesting.ints;
import static dev.text2image.schedulers.samplers.SchedulerTesting.last;
import static dev.text2image.schedulers.samplers.SchedulerTesting.objects;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.text2image.schedulers.NoiseSource;
import dev.text2image.schedulers.SamplingState;
import dev.text2image.schedulers.Scheduler;
import dev.text2image.schedulers.SchedulerConfig;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The numbers that the hub's own scheduler tests assert. */
class UpstreamSchedulerCasesTest {
    private static final JsonObject CASES = SchedulerTesting.resource("/scheduler_cases.json");
    private static final Set<String> CLASSES = Schedulers.names().stream()
            .map(name -> Schedulers.named(name, SchedulerConfig.builder().build())
                    .config()
                    .className())
            .collect(Collectors.toSet());

    private static Stream<JsonObject> cases(String section) {
        return objects(CASES.get(section)).stream()
                .filter(row -> row.has("scheduler")
                        && CLASSES.contains(row.get("scheduler").getAsString()));
    }

    static Stream<Arguments> fullLoops() {
        return cases("full_loop").map(row -> Arguments.of(row.get("id").getAsString(), row));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("fullLoops")
    void fullLoopsGiveTheAssertedSums(String id, JsonObject row) {
        Scheduler scheduler = scheduler(row);
        try (NDManager manager = NDManager.newBaseManager()) {
            SamplingState start = start(scheduler, row);
            Shape shape = row.has("sample_shape")
                    ? new Shape(Arrays.stream(ints(row.get("sample_shape")))
                            .asLongStream()
                            .toArray())
                    : SchedulerTesting.DUMMY_SHAPE;
            NDArray initial = SchedulerTesting.dummySample(manager, shape).mul(start.initNoiseSigma());
            if (row.get("loop").getAsString().endsWith("_noise")) {
                initial = start.level().addNoise(initial, SchedulerTesting.dummyNoise(manager, shape));
            }
            Engine.getInstance().setRandomSeed(0);
            // The hub's sigma tests hand the scaled sample to the step.
            boolean scaled = row.get("loop").getAsString().startsWith("sigma");
            float[] result = last(SchedulerTesting.run(
                    scaled, scheduler, start, initial, SchedulerTesting::dummyModel, NoiseSource.engine()));
            double sum = 0;
            for (float value : result) {
                sum += Math.abs(value);
            }
            if (!row.get("expected_sum").isJsonNull()) {
                double expected = row.get("expected_sum").getAsDouble();
                // Sums of 768 numbers near 100 hold no two digits after the point in float32, upstream's integrals even
                // less.
                double tolerance = Math.max(row.get("tol_sum").getAsDouble(), expected * 2e-5);
                assertThat(sum).isCloseTo(expected, within(tolerance));
            }
            assertThat(sum / result.length)
                    .isCloseTo(
                            row.get("expected_mean").getAsDouble(),
                            within(row.get("tol_mean").getAsDouble()));
        }
    }

    private static SamplingState start(Scheduler scheduler, JsonObject row) {
        SamplingState state = switch (row.get("loop").getAsString()) {
            case "ddpm_all" -> scheduler.start(1000);
            case "plain_skip3" ->
                scheduler.start(row.get("num_inference_steps").getAsInt()).startingAt(3);
            case "ddpm_noise" -> ((DDPMScheduler) scheduler).startAt(1, 0);
            default ->
                scheduler
                        .start(row.get("num_inference_steps").getAsInt())
                        .startingAt(row.has("t_start") ? row.get("t_start").getAsInt() : 0);
        };
        if (row.has("timesteps")) {
            assertThat(state.timesteps()).isEqualTo(floatList(row.get("timesteps")));
        }
        if (row.has("prk_timesteps")) {
            JsonArray all = row.getAsJsonArray("prk_timesteps").deepCopy();
            all.addAll(row.getAsJsonArray("plms_timesteps"));
            assertThat(state.timesteps()).isEqualTo(floatList(all));
        }
        return state;
    }

    private static Scheduler scheduler(JsonObject row) {
        JsonObject config = row.getAsJsonObject("config").deepCopy();
        config.add("_class_name", row.get("scheduler"));
        // The default, for which JSON has no number.
        config.remove("lambda_min_clipped");
        return Schedulers.load(config);
    }

    static Stream<Arguments> scalars() {
        return cases("scalar")
                .map(row -> Arguments.of(
                        row.get("scheduler").getAsString() + " " + row.get("fn").getAsString(), row));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("scalars")
    void scalarsAreTheAssertedOnes(String name, JsonObject row) {
        switch (row.get("fn").getAsString()) {
            case "_get_variance(t)", "_get_variance(t,prev_t)" -> checkVariances(row);
            case "timesteps" ->
                assertThat(scheduler(row)
                                .start(row.get("num_inference_steps").getAsInt())
                                .timesteps())
                        .isEqualTo(floatList(row.get("expected")));
            case "previous_timestep over custom timesteps" -> {
                DDPMScheduler ddpm = (DDPMScheduler) scheduler(row);
                List<Float> timesteps = ddpm.startAt(ints(row.get("timesteps"))).timesteps();
                List<Float> previous = floatList(row.get("expected_prev"));
                assertThat(timesteps.subList(1, timesteps.size())).isEqualTo(previous.subList(0, previous.size() - 1));
            }
            case "set_timesteps errors" -> checkErrors(row);
            case "sigmas" ->
                assertThatThrownBy(() -> scheduler(row))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("use_flow_sigmas is true")
                        .hasMessageContaining("flow matching");
            default -> throw new AssertionError("No check for " + name);
        }
    }

    private static void checkVariances(JsonObject row) {
        Scheduler scheduler = scheduler(row);
        for (JsonElement element : row.getAsJsonArray("cases")) {
            JsonArray numbers = element.getAsJsonArray();
            int timestep = numbers.get(0).getAsInt();
            float variance = scheduler instanceof DDIMScheduler ddim
                    ? ddim.variance(timestep, numbers.get(1).getAsInt())
                    : ((DDPMScheduler) scheduler).variance(timestep, timestep - 1);
            assertThat(variance)
                    .isCloseTo(
                            numbers.get(numbers.size() - 1).getAsFloat(),
                            within(row.get("tol").getAsFloat()));
        }
    }

    private static void checkErrors(JsonObject row) {
        DDPMScheduler scheduler = DDPMScheduler.from(SchedulerConfig.builder().build());
        for (JsonObject fault : objects(row.get("cases"))) {
            // One call takes either a number of steps or timesteps, so that the hub's third fault cannot be written.
            if (!fault.has("num_inference_steps")) {
                String part = fault.get("error").getAsString().contains("descending") ? "descending" : "from 0 to 999";
                assertThatThrownBy(() -> scheduler.startAt(ints(fault.get("timesteps"))))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining(part);
            }
        }
    }
}
