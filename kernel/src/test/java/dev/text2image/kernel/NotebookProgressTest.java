package dev.text2image.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.text2image.progress.Progress;
import org.junit.jupiter.api.Test;

class NotebookProgressTest {
    @Test
    void aBarTellsCountTimeAndRate() {
        assertThat(NotebookProgress.render("train", 5, 20, 2, "loss 0.1", false).text())
                .isEqualTo("train 5/20 [2.0 s, 2.5/s, 6.0 s left]  loss 0.1");
        assertThat(NotebookProgress.render("train", 20, 20, 80, "", true).text())
                .isEqualTo("train 20/20 [1:20 min, 4.0 s each] done");
        assertThat(NotebookProgress.render("train", 0, 20, 0, "", false).text()).isEqualTo("train 0/20 [0.0 s]");
        assertThat(NotebookProgress.render("copy", 0, 0, 7500, "", true).text()).isEqualTo("copy 0/0 [2:05 h] done");
    }

    @Test
    void aBarThatEndsEarlyIsSaidToBeStopped() {
        Html bar = NotebookProgress.render("a<b", 3, 20, 1, "", true);
        assertThat(bar.text()).contains("stopped");
        assertThat(bar.html()).contains("stopped", "value=\"3\"", "max=\"20\"", "a&lt;b");
    }

    @Test
    void outsideANotebookNothingIsShownAndNothingFails() {
        assertThatCode(() -> {
                    try (Progress progress = Progress.start("train", 2, new NotebookProgress())) {
                        progress.step("a");
                        progress.step("b");
                    }
                    try (LiveChart chart = LiveChart.of("loss", "step", "loss")) {
                        chart.add("loss", 0, 1);
                    }
                    LiveChart.of("", "", "").close();
                })
                .doesNotThrowAnyException();
    }

    @Test
    void aLongLiveSeriesIsThinnedByAveraging() {
        LiveChart chart = LiveChart.of("loss", "step", "loss");
        for (int i = 0; i < 2500; i++) {
            chart.add("loss", i, 2.0 * i);
        }
        double[] x = chart.chart().getSeries("loss").getXData();
        assertThat(x).hasSize(834).startsWith(1, 4).endsWith(2499);
    }
}
