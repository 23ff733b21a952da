package dev.text2image.schedulers.samplers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.text2image.schedulers.NoiseLevel;
import dev.text2image.schedulers.NoiseSource;
import dev.text2image.schedulers.PredictionType;
import dev.text2image.schedulers.SamplingState;
import dev.text2image.schedulers.Scheduler;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.StepResult;
import dev.text2image.schedulers.TimestepSpacing;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What every scheduler promises. */
class SchedulerContractTest {
    private static final SchedulerConfig SD = SchedulerConfig.stableDiffusion();
    private static final Shape SHAPE = new Shape(2, 4, 4, 4);
    private static final NoiseSource ONES = NDManager::ones;

    static Stream<Scheduler> schedulers() {
        Stream<Scheduler> variants = Stream.of(
                DDIMScheduler.from(SD).withEta(0.5),
                PNDMScheduler.from(SD.toBuilder().skipPrkSteps(false).build()),
                DPMSolverMultistepScheduler.from(SD.toBuilder()
                        .option("algorithm_type", "dpmsolver")
                        .option("final_sigmas_type", "sigma_min")
                        .build()),
                // A step of length h on the half log-SNR turns known noise of size 1 into 2 - e^h, here as at the hub,
                // and so
                // overshoots where h is long, as at the end of even timesteps; of the spreads of sigmas, this has the
                // same h.
                DPMSolverMultistepScheduler.from(SD.toBuilder()
                        .option("algorithm_type", "sde-dpmsolver")
                        .option("use_lu_lambdas", true)
                        .option("final_sigmas_type", "sigma_min")
                        .build()),
                DPMSolverSinglestepScheduler.from(SD.toBuilder()
                        .option("algorithm_type", "sde-dpmsolver++")
                        .build()),
                DPMSolverMultistepScheduler.from(SD.toBuilder()
                        .option("solver_order", 3)
                        .option("use_lu_lambdas", true)
                        .build()),
                DPMSolverSinglestepScheduler.from(
                        SD.toBuilder().option("solver_order", 3).build()),
                UniPCMultistepScheduler.from(
                        SD.toBuilder().option("solver_order", 3).build()),
                Schedulers.named("DPM++ 2M Karras", SD),
                Schedulers.named("LMS Karras", SD),
                EulerDiscreteScheduler.from(
                        SD.toBuilder().option("use_karras_sigmas", true).build()));
        return Stream.concat(Schedulers.names().stream().map(name -> Schedulers.named(name, SD)), variants);
    }

    static Stream<Arguments> spacings() {
        return Stream.of(TimestepSpacing.values())
                .flatMap(spacing -> Stream.of(PredictionType.EPSILON, PredictionType.V_PREDICTION)
                        .flatMap(prediction -> schedulers()
                                .map(scheduler -> Schedulers.from(scheduler.config().toBuilder()
                                        .timestepSpacing(spacing)
                                        .predictionType(prediction)
                                        .build()))
                                .map(scheduler -> Arguments.of(
                                        scheduler.config().className() + " " + spacing + " " + prediction,
                                        scheduler))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("spacings")
    void aModelThatKnowsTheImageLeadsToIt(String name, Scheduler scheduler) {
        boolean velocity = scheduler.config().predictionType() == PredictionType.V_PREDICTION;
        try (NDManager manager = NDManager.newBaseManager()) {
            Engine.getInstance().setRandomSeed(3);
            NDArray clean = manager.linspace(-1, 1, 32);
            SamplingState start = scheduler.start(20);
            NDArray noisy = start.level().addNoise(clean, manager.randomNormal(clean.getShape()));
            SchedulerTesting.Model model = (input, state) -> {
                NoiseLevel level = state.level();
                NDArray noise =
                        input.mul(level.scale()).sub(clean.mul(level.signal())).div(level.noise());
                return velocity ? level.velocity(clean, noise) : noise;
            };
            float[] end =
                    SchedulerTesting.last(SchedulerTesting.run(scheduler, start, noisy, model, NoiseSource.engine()));
            // The last timestep has a trace of noise left; DDIM and PNDM also assume even strides, which linspace has
            // not.
            assertThat(manager.create(end).sub(clean).abs().max().getFloat()).isLessThan(0.2f);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("spacings")
    void aRunHasItsTimestepsInOrderAndScalesItsStart(String name, Scheduler scheduler) {
        for (int steps : new int[] {4, 5, 10, 50}) {
            SamplingState start = scheduler.start(steps);
            assertThat(start.numInferenceSteps()).isEqualTo(steps);
            assertThat(start.timesteps()).hasSizeGreaterThanOrEqualTo(steps);
            assertThat(start.timestep()).isEqualTo(start.timesteps().get(0));
            assertThat(start.timesteps()).isSortedAccordingTo(Comparator.reverseOrder());
            assertThat(start.timesteps()).allMatch(timestep -> timestep >= 0 && timestep <= 999);
            try (NDManager manager = NDManager.newBaseManager()) {
                NDArray noise = manager.ones(SHAPE).mul(start.initNoiseSigma());
                NDArray input = scheduler.scaleModelInput(start, noise);
                assertThat(input.mean().getFloat()).isCloseTo(1, within(0.02f));
                assertThat(noise.mean().getFloat()).isEqualTo(start.initNoiseSigma());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("schedulers")
    void theSameSeedGivesTheSameRun(Scheduler scheduler) {
        assertThat(seededRun(scheduler, 3)).containsExactly(seededRun(scheduler, 3));
        boolean random = scheduler instanceof DDPMScheduler
                || scheduler instanceof EulerAncestralDiscreteScheduler
                || scheduler instanceof LCMScheduler
                || (scheduler instanceof DDIMScheduler ddim && ddim.eta() > 0)
                || scheduler.describe().contains("sde-dpmsolver");
        assertThat(Arrays.equals(seededRun(scheduler, 3), seededRun(scheduler, 4)))
                .isEqualTo(!random);
    }

    private static float[] seededRun(Scheduler scheduler, int seed) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray initial = manager.linspace(-1, 1, 32);
            Engine.getInstance().setRandomSeed(seed);
            return SchedulerTesting.last(SchedulerTesting.run(
                    scheduler, scheduler.start(8), initial, SchedulerTesting::dummyModel, NoiseSource.engine()));
        }
    }

    @ParameterizedTest
    @MethodSource("schedulers")
    void aRunGoesOnFromAnyOfItsStates(Scheduler scheduler) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray sample = manager.linspace(-1, 1, 32);
            SamplingState state = scheduler.start(8);
            float[] whole = SchedulerTesting.last(
                    SchedulerTesting.run(scheduler, state, sample, SchedulerTesting::dummyModel, ONES));
            while (!state.isDone()) {
                NDArray input = scheduler.scaleModelInput(state, sample);
                StepResult result = scheduler.step(state, SchedulerTesting.dummyModel(input, state), sample, ONES);
                sample = result.prevSample();
                state = result.nextState();
                if (!state.isDone()) {
                    float[] rest = SchedulerTesting.last(resume(scheduler, state, sample));
                    assertThat(rest).containsExactly(whole);
                }
            }
        }
    }

    /** Goes on without closing the state that is given. */
    private static List<float[]> resume(Scheduler scheduler, SamplingState state, NDArray sample) {
        NDArray input = scheduler.scaleModelInput(state, sample);
        StepResult next = scheduler.step(state, SchedulerTesting.dummyModel(input, state), sample, ONES);
        return next.nextState().isDone()
                ? List.of(next.prevSample().toFloatArray())
                : SchedulerTesting.run(
                        scheduler, next.nextState(), next.prevSample(), SchedulerTesting::dummyModel, ONES);
    }

    @ParameterizedTest
    @MethodSource("schedulers")
    void aRunMayStartLater(Scheduler scheduler) {
        SamplingState start = scheduler.start(8);
        assertThat(start.startingAt(4).timestep()).isEqualTo(start.timesteps().get(4));
        assertThat(start.startingAt(4).position()).isEqualTo(4);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> start.startingAt(-1))
                .withMessageContaining("from 0 to " + start.timesteps().size());
    }

    @ParameterizedTest
    @MethodSource("schedulers")
    void aSavedConfigurationLoadsAsTheSameScheduler(Scheduler scheduler) {
        Scheduler loaded = Schedulers.load(scheduler.config().toJson());
        assertThat(loaded).hasSameClassAs(scheduler);
        assertThat(loaded.config()).isEqualTo(scheduler.config());
        assertThat(loaded.noiseSchedule().alphasCumprod())
                .containsExactly(scheduler.noiseSchedule().alphasCumprod());
    }

    @ParameterizedTest
    @MethodSource("schedulers")
    void addedNoiseKeepsShapeAndType(Scheduler scheduler) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray sample = manager.ones(SHAPE);
            NDArray noisy = scheduler.noiseSchedule().addNoise(sample, sample, new int[] {0, 999});
            assertThat(noisy.getShape()).isEqualTo(SHAPE);
            assertThat(noisy.getDataType()).isEqualTo(DataType.FLOAT32);
        }
    }

    @ParameterizedTest
    @MethodSource("schedulers")
    void aStepFromTheSameStateGivesTheSameResult(Scheduler scheduler) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray sample = manager.randomNormal(SHAPE);
            NDArray output = manager.randomNormal(SHAPE);
            float[] sampleBefore = sample.toFloatArray();
            SamplingState state = scheduler.start(6);
            while (!state.isDone()) {
                StepResult once = scheduler.step(state, output, sample, ONES);
                StepResult twice = scheduler.step(state, output, sample, ONES);
                assertThat(twice.prevSample().toFloatArray())
                        .containsExactly(once.prevSample().toFloatArray());
                assertThat(twice.nextState().position()).isEqualTo(state.position() + 1);
                assertThat(sample.toFloatArray()).containsExactly(sampleBefore);
                once.nextState().close();
                state = twice.nextState();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("schedulers")
    void aLongLoopLeavesNothingBehind(Scheduler scheduler) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray initial = manager.randomNormal(SHAPE);
            int arrays = manager.getManagedArrays().size();
            SchedulerTesting.run(scheduler, scheduler.start(50), initial, SchedulerTesting::dummyModel, ONES);
            assertThat(manager.getManagedArrays().size()).isEqualTo(arrays);
        }
    }

    @ParameterizedTest
    @MethodSource("schedulers")
    void aHalfPrecisionSampleStaysHalfPrecision(Scheduler scheduler) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray full = manager.randomNormal(SHAPE);
            NDArray half = full.toType(DataType.FLOAT16, true);
            SamplingState state = scheduler.start(6);
            NDArray expected = scheduler.step(state, full, full, ONES).prevSample();
            NDArray found = scheduler.step(state, half, half, ONES).prevSample();
            assertThat(found.getDataType()).isEqualTo(DataType.FLOAT16);
            float difference = found.toType(DataType.FLOAT32, true)
                    .sub(expected)
                    .abs()
                    .max()
                    .getFloat();
            assertThat(difference).isLessThan(5e-3f * (1 + expected.abs().max().getFloat()));
        }
    }

    @ParameterizedTest
    @MethodSource("schedulers")
    void aWrongNumberOfStepsIsRefused(Scheduler scheduler) {
        for (int steps : new int[] {0, -1, 1001}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> scheduler.start(steps))
                    .withMessageContaining("num_inference_steps is " + steps)
                    .withMessageContaining("from 1 to 1000");
        }
        if (scheduler instanceof LCMScheduler || scheduler instanceof DPMSolverSinglestepScheduler) {
            return;
        }
        Scheduler leading = Schedulers.from(scheduler.config().toBuilder()
                .timestepSpacing(TimestepSpacing.LEADING)
                .build());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> leading.start(1000))
                .withMessageContaining("steps_offset");
    }

    @ParameterizedTest
    @MethodSource("schedulers")
    void unfittingOperandsAreRefused(Scheduler scheduler) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray sample = manager.ones(SHAPE);
            SamplingState state = scheduler.start(4);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> scheduler.step(state, manager.ones(new Shape(1, 4)), sample, ONES))
                    .withMessageContaining("(1, 4)");
            Scheduler other = DDPMScheduler.from(SchedulerConfig.builder().build());
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> scheduler.step(other.start(4), sample, sample, ONES))
                    .withMessageContaining("another configuration");
        }
    }

    @Test
    void aRunCannotGoOnAfterItsEndOrFromAClosedState() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray sample = manager.ones(SHAPE);
            PNDMScheduler scheduler = PNDMScheduler.from(SD);
            SamplingState end = scheduler
                    .step(scheduler.start(1), sample, sample, NoiseSource.none())
                    .nextState();
            assertThat(end.isDone()).isTrue();
            assertThatIllegalStateException()
                    .isThrownBy(() -> scheduler.step(end, sample, sample, NoiseSource.none()))
                    .withMessageContaining("complete after 1 steps");
            SamplingState closed = scheduler
                    .step(scheduler.start(2), sample, sample, NoiseSource.none())
                    .nextState();
            closed.close();
            assertThatIllegalStateException()
                    .isThrownBy(() -> scheduler.step(closed, sample, sample, NoiseSource.none()))
                    .withMessageContaining("closed");
        }
    }

    @Test
    void noiseIsAskedForOnlyWhereItIsNeeded() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray sample = manager.ones(SHAPE);
            DDIMScheduler ddim = DDIMScheduler.from(SD);
            assertThat(ddim.step(ddim.start(2), sample, sample, NoiseSource.none())
                            .nextState()
                            .position())
                    .isEqualTo(1);
            assertThatIllegalStateException()
                    .isThrownBy(() -> ddim.withEta(1).step(ddim.start(2), sample, sample, NoiseSource.none()));
            assertThatIllegalArgumentException().isThrownBy(() -> ddim.withEta(1.5));
        }
    }

    @Test
    void trailingSpacingHasNoTimestepBelowZero() {
        DDIMScheduler scheduler = DDIMScheduler.from(
                SD.toBuilder().timestepSpacing(TimestepSpacing.TRAILING).build());
        for (int steps = 1; steps <= 1000; steps++) {
            List<Float> timesteps = scheduler.start(steps).timesteps();
            assertThat(timesteps).hasSize(steps).startsWith(999f);
            assertThat(SchedulerTesting.strictlyDescends(timesteps)).isTrue();
            assertThat(timesteps.get(steps - 1)).isNotNegative();
        }
    }

    @Test
    void aScalarFollowsTheKnownTrajectories() {
        Scheduler velocity = DDIMScheduler.from(
                SD.toBuilder().predictionType(PredictionType.V_PREDICTION).build());
        assertThat(trajectoryEnd(PNDMScheduler.from(SD))).isCloseTo(6.371559f, within(1e-5f));
        assertThat(trajectoryEnd(DDIMScheduler.from(SD))).isCloseTo(6.587684f, within(1e-5f));
        assertThat(trajectoryEnd(velocity)).isCloseTo(0.761246f, within(1e-6f));
        SchedulerConfig karras =
                SD.toBuilder().option("use_karras_sigmas", true).build();
        assertThat(trajectoryEnd(EulerDiscreteScheduler.from(SD))).isCloseTo(10.931025f, within(1e-5f));
        assertThat(trajectoryEnd(EulerDiscreteScheduler.from(karras))).isCloseTo(10.992402f, within(1e-5f));
    }

    private static float trajectoryEnd(Scheduler scheduler) {
        try (NDManager manager = NDManager.newBaseManager()) {
            SamplingState start = scheduler.start(10);
            NDArray initial = manager.create(new float[] {start.initNoiseSigma()});
            List<float[]> samples = SchedulerTesting.run(
                    scheduler, start, initial, (input, state) -> input.mul(0.1f), NoiseSource.none());
            return SchedulerTesting.last(samples)[0];
        }
    }
}
