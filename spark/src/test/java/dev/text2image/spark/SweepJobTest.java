package dev.text2image.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.text2image.io.InvalidInputException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The words of a sweep. */
class SweepJobTest {
    @Test
    void eachValueMeetsEachOther() {
        assertThat(SweepJob.combinations(List.of("rank=4,8", "snr_gamma=,5")))
                .containsExactly(
                        Map.of("rank", "4", "snr_gamma", ""),
                        Map.of("rank", "4", "snr_gamma", "5"),
                        Map.of("rank", "8", "snr_gamma", ""),
                        Map.of("rank", "8", "snr_gamma", "5"));
    }

    @Test
    void aRunGoesOnFromItsNewestCheckpoint() {
        SweepRun run = new SweepRun(Map.of("rank", "8"), "out/rank-8", List.of("train-lora", "--rank", "4"), List.of());
        assertThat(String.join(" ", run.training()))
                .isEqualTo("train-lora --rank 4 --rank 8 --output_dir out/rank-8 --resume_from_checkpoint latest");
        assertThat(SweepJob.config(run.training()).lora()).extracting("rank").isEqualTo(8);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "rank=4,8|A sweep needs values and a training",
                "train --rank 4|A sweep needs values and a training",
                "rank train-lora|has no values; give the name of a flag and its values, such as rank=4,8.",
                "rank=4,x train-lora --train_data_dir d|rank",
                "rang=4 train-lora --train_data_dir d|rang"
            })
    void wrongWordsAreToldBeforeAnythingRuns(String words, String message) {
        assertThatThrownBy(() -> new SweepJob(List.of(words.split(" "))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(message);
    }
}
