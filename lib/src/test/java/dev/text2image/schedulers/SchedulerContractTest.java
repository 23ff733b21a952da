package dev.text2image.schedulers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every scheduler promises. */
class SchedulerContractTest {
    private static final SchedulerConfig SD = SchedulerConfig.stableDiffusion();
    private static final Shape SHAPE = new Shape(2, 4, 4, 4);
    private static final NoiseSource ONES = NDManager::ones;

    static Stream<Scheduler> schedulers() {
        return Stream.of(
                DDPMScheduler.from(SD),
                DDIMScheduler.from(SD),
                DDIMScheduler.from(SD).withEta(0.5),
                PNDMScheduler.from(SD),
                PNDMScheduler.from(SD.toBuilder().skipPrkSteps(false).build()));
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
            assertThat(difference).isLessThan(1e-2f);
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
        assertThatIllegalArgumentException()
                .isThrownBy(() -> scheduler.start(1000))
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
            List<Integer> timesteps = scheduler.start(steps).timesteps();
            assertThat(timesteps).hasSize(steps).startsWith(999);
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
    }

    private static float trajectoryEnd(Scheduler scheduler) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray initial = manager.create(new float[] {scheduler.initNoiseSigma()});
            List<float[]> samples = SchedulerTesting.run(
                    scheduler, scheduler.start(10), initial, (input, state) -> input.mul(0.1f), NoiseSource.none());
            return SchedulerTesting.last(samples)[0];
        }
    }
}
