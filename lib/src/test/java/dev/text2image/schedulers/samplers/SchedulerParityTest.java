package dev.text2image.schedulers.samplers;

import static dev.text2image.schedulers.samplers.SchedulerTesting.floats;
import static dev.text2image.schedulers.samplers.SchedulerTesting.ints;
import static dev.text2image.schedulers.samplers.SchedulerTesting.objects;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.text2image.schedulers.NoiseSchedule;
import dev.text2image.schedulers.SamplingState;
import dev.text2image.schedulers.Scheduler;
import dev.text2image.schedulers.SchedulerConfig;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Comparison with diffusers; {@code parity/make_scheduler_fixtures.py} made the numbers. */
class SchedulerParityTest {
    private static final JsonObject FIXTURE = SchedulerTesting.resource("/parity/schedulers.json");
    private static final float[][] OUTPUTS = rows("outputs");
    private static final float[][] NOISES = rows("noises");
    /**
     * Of the largest number in a sample. Both sides sum in float32, which rounds each term at its own size: numbers that are left
     * small where large terms cancel, as in the third order's, share no more digits than that.
     */
    private static final float TOLERANCE = 5e-6f;

    private static final Shape SHAPE = new Shape(2, 2, 2, 2);

    private static float[][] rows(String name) {
        return objectsOrArrays(name).map(SchedulerTesting::floats).toArray(float[][]::new);
    }

    private static Stream<JsonElement> objectsOrArrays(String name) {
        return FIXTURE.getAsJsonArray(name).asList().stream();
    }

    private static Stream<Arguments> cases(String section) {
        return objects(FIXTURE.get(section)).stream()
                .map(row -> Arguments.of(row.get("config") + " " + row.get("num_inference_steps"), row));
    }

    static Stream<Arguments> constants() {
        return cases("constants");
    }

    static Stream<Arguments> timesteps() {
        return cases("timesteps");
    }

    static Stream<Arguments> loops() {
        return cases("loops");
    }

    static Stream<Arguments> forward() {
        return cases("forward");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("constants")
    void constantsEqualThoseOfDiffusers(String name, JsonObject row) {
        SchedulerConfig config = SchedulerConfig.fromJson(row.getAsJsonObject("config"));
        // torch's square root of a whole tensor is not the correctly rounded one, and rescaling takes differences of
        // roots.
        float slack = config.rescaleBetasZeroSnr() ? 1e-7f : 0;
        NoiseSchedule schedule = NoiseSchedule.from(config);
        int[] timesteps = ints(row.get("timesteps"));
        float[] betas = floats(row.get("betas"));
        float[] alphas = floats(row.get("alphas_cumprod"));
        for (int i = 0; i < timesteps.length; i++) {
            assertThat(schedule.betas()[timesteps[i]]).isCloseTo(betas[i], within(betas[i] * 5e-7f + slack * 10));
            assertThat(schedule.alphaCumprod(timesteps[i])).isCloseTo(alphas[i], within(alphas[i] * 5e-7f + slack));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("timesteps")
    void timestepsEqualThoseOfDiffusers(String name, JsonObject row) {
        Scheduler scheduler = Schedulers.load(row.getAsJsonObject("config"));
        SamplingState start = scheduler.start(row.get("num_inference_steps").getAsInt());
        float[] expected = floats(row.get("timesteps"));
        assertThat(start.timesteps()).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat(start.timesteps().get(i)).isCloseTo(expected[i], within(1e-3f));
        }
        float sigma = row.get("init_noise_sigma").getAsFloat();
        assertThat(start.initNoiseSigma()).isCloseTo(sigma, within(sigma * 1e-6f));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("loops")
    void loopsEqualThoseOfDiffusers(String name, JsonObject row) {
        Scheduler scheduler = Schedulers.load(row.getAsJsonObject("config"));
        if (scheduler instanceof DDIMScheduler ddim) {
            scheduler = ddim.withEta(row.get("eta").getAsDouble());
        }
        SamplingState start = scheduler.start(row.get("num_inference_steps").getAsInt());
        List<JsonElement> expected = row.getAsJsonArray("samples").asList();
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray initial = manager.create(OUTPUTS[OUTPUTS.length - 1], SHAPE);
            int[] position = {0};
            List<float[]> samples = SchedulerTesting.run(
                    scheduler,
                    start,
                    initial,
                    (input, state) -> {
                        position[0] = state.position();
                        return manager.create(OUTPUTS[state.position()], SHAPE);
                    },
                    (scratch, shape) -> scratch.create(NOISES[position[0]], shape));
            assertThat(samples).hasSameSizeAs(expected);
            for (int i = 0; i < samples.size(); i++) {
                float[] sample = floats(expected.get(i));
                if (sample.length > 0) {
                    assertClose(samples.get(i), sample);
                }
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("forward")
    void noisySamplesAndVelocitiesEqualThoseOfDiffusers(String name, JsonObject row) {
        NoiseSchedule schedule = NoiseSchedule.from(SchedulerConfig.fromJson(row.getAsJsonObject("config")));
        int[] timesteps = ints(row.get("timesteps"));
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray clean = manager.create(OUTPUTS[0], SHAPE);
            NDArray noise = manager.create(NOISES[0], SHAPE);
            assertClose(schedule.addNoise(clean, noise, timesteps).toFloatArray(), floats(row.get("noisy")));
            assertClose(schedule.velocity(clean, noise, timesteps).toFloatArray(), floats(row.get("velocity")));
        }
    }

    private static void assertClose(float[] found, float[] expected) {
        float largest = 1;
        for (float number : expected) {
            largest = Math.max(largest, Math.abs(number));
        }
        assertThat(found).containsExactly(expected, within(largest * TOLERANCE));
    }
}
