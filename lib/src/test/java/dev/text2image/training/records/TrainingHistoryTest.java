package dev.text2image.training.records;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TrainingHistoryTest {
    private static TrainingHistory history(double... seconds) {
        TrainingHistory history = new TrainingHistory();
        for (double each : seconds) {
            history.add(new TrainingHistory.Row(history.rows().size() + 1, 0, 1, 1e-3, 1, 0, each));
        }
        return history;
    }

    @Test
    void timeLeftIsTheMedianOfTheLastStepsWithoutTheFirst() {
        assertThat(history(9, 9, 9).timeLeft(10)).isEmpty();
        assertThat(history(9, 9, 9, 1, 50, 2).timeLeft(10)).contains(Duration.ofSeconds(20));
        assertThat(history(9, 9, 9, 1, 2).timeLeft(10)).contains(Duration.ofSeconds(15));
    }
}
