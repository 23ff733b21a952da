package dev.text2image.schedulers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Collections;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NoiseScheduleTest {
    private static final SchedulerConfig SD = SchedulerConfig.stableDiffusion();
    private static final NoiseSchedule SCHEDULE = NoiseSchedule.from(SD);

    @ParameterizedTest
    @CsvSource({
        "0, 0.99914998, 1175.4406",
        "1, 0.99829602, 585.8622",
        "250, 0.67379230, 2.0655317",
        "500, 0.27633247, 0.3818501",
        "750, 0.05616980, 0.0595126",
        "999, 0.00466010, 0.0046819"
    })
    void stableDiffusionHasItsKnownConstants(int timestep, float alpha, float snr) {
        assertThat(SCHEDULE.alphaCumprod(timestep)).isCloseTo(alpha, within(6e-9f + alpha * 6e-8f));
        assertThat(SCHEDULE.snr(timestep)).isCloseTo(snr, within(1e-7f + snr * 1e-6f));
    }

    @Test
    void snrFallsBelowTheKnownTimesteps() {
        assertThat(firstBelow(5)).isEqualTo(147);
        assertThat(firstBelow(1)).isEqualTo(354);
    }

    private static IntStream timesteps() {
        return IntStream.range(0, SCHEDULE.size());
    }

    private static int firstBelow(float limit) {
        return timesteps().filter(t -> SCHEDULE.snr(t) < limit).findFirst().orElseThrow();
    }

    @Test
    void rescalingGivesTheClosedForm() {
        NoiseSchedule rescaled = SCHEDULE.rescaleZeroTerminalSnr();
        double first = Math.sqrt(SCHEDULE.alphaCumprod(0));
        double last = Math.sqrt(SCHEDULE.alphaCumprod(999));
        timesteps().forEach(t -> {
            double root = (Math.sqrt(SCHEDULE.alphaCumprod(t)) - last) * first / (first - last);
            assertThat((double) rescaled.alphaCumprod(t)).isCloseTo(root * root, within(1e-6));
        });
        assertThat(rescaled.snr(999)).isZero();
        assertThat(rescaled.alphaCumprod(0)).isCloseTo(SCHEDULE.alphaCumprod(0), within(1e-7f));
        assertThat(NoiseSchedule.from(SD.toBuilder().rescaleBetasZeroSnr(true).build())
                        .alphasCumprod())
                .containsExactly(rescaled.alphasCumprod());
    }

    @Test
    void trainedBetasReplaceTheSchedule() {
        NoiseSchedule schedule = NoiseSchedule.from(SchedulerConfig.builder()
                .numTrainTimesteps(3)
                .trainedBetas(Collections.nCopies(3, 0.5))
                .build());
        assertThat(schedule.alphasCumprod()).containsExactly(0.5f, 0.25f, 0.125f);
    }

    @ParameterizedTest
    @CsvSource({"0, 0.4706323, -1.0141524", "250, -0.1607217, -1.1064215", "999, -0.9635348, -0.5670985"})
    void eachSampleHasItsOwnTimestep(int timestep, float noisy, float velocity) {
        try (NDManager manager = NDManager.newBaseManager()) {
            Shape shape = new Shape(2, 1, 2, 2);
            NDArray samples = manager.full(shape, 0.5f);
            NDArray noise = manager.ones(shape).neg();
            int[] timesteps = {timestep, 500};
            float[] mixed = SCHEDULE.addNoise(samples, noise, timesteps).toFloatArray();
            float[] target = SCHEDULE.velocity(samples, noise, timesteps).toFloatArray();
            assertThat(mixed[0]).isEqualTo(mixed[3]).isCloseTo(noisy, within(2e-7f));
            assertThat(target[0]).isEqualTo(target[3]).isCloseTo(velocity, within(2e-7f));
            assertThat(mixed[4]).isNotEqualTo(mixed[3]);
        }
    }

    @Test
    void halfPrecisionSamplesAreMixedInSinglePrecision() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray samples = manager.full(new Shape(1, 4), 0.5f).toType(DataType.FLOAT16, true);
            NDArray noise = manager.ones(new Shape(1, 4)).toType(DataType.FLOAT16, true);
            NDArray noisy = SCHEDULE.addNoise(samples, noise, new int[] {0});
            assertThat(noisy.getDataType()).isEqualTo(DataType.FLOAT16);
            float expected = 0.5f * (float) Math.sqrt(0.99914998) + (float) Math.sqrt(1 - 0.99914998);
            assertThat(noisy.toType(DataType.FLOAT32, true).getFloat(0, 0)).isCloseTo(expected, within(2.5e-4f));
        }
    }

    @Test
    void mixingLeavesNothingBehindButTheResult() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray samples = manager.ones(new Shape(2, 4));
            NDArray noise = manager.ones(new Shape(2, 4));
            int before = manager.getManagedArrays().size();
            SCHEDULE.addNoise(samples, noise, new int[] {1, 2}).close();
            assertThat(manager.getManagedArrays().size()).isEqualTo(before);
        }
    }

    @Test
    void unfittingBatchesAreRefused() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray samples = manager.ones(new Shape(2, 4));
            assertThatThrownBy(() -> SCHEDULE.addNoise(samples, manager.ones(new Shape(2, 5)), new int[] {1, 2}))
                    .hasMessageContaining("(2, 5)")
                    .hasMessageContaining("(2, 4)");
            assertThatThrownBy(() -> SCHEDULE.addNoise(samples, samples, new int[] {1}))
                    .hasMessage("There are 1 timesteps for 2 samples; pass one for each sample.");
            assertThatThrownBy(() -> SCHEDULE.velocity(samples, samples, new int[] {0, 1000}))
                    .hasMessageContaining("Timestep 1000")
                    .hasMessageContaining("0 to 999");
        }
    }
}
