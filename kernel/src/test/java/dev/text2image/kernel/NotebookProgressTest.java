package dev.text2image.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.text2image.kernel.views.Html;
import dev.text2image.plots.ChartListener;
import dev.text2image.plots.Charts;
import dev.text2image.plots.Line;
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
    void aBarWithoutAKnownEndCountsOnly() {
        Html running = NotebookProgress.render("", 3, -1, 1.5, "", false);
        assertThat(running.text()).isEqualTo("3 [1.5 s, 2.0/s]");
        assertThat(running.html()).contains("<progress style=").doesNotContain("value=", "stopped");
        assertThat(NotebookProgress.render("rows", 3, -1, 1.5, "", true).html()).contains("value=\"1\" max=\"1\"");
    }

    @Test
    void outsideANotebookNothingIsShownAndNothingFails() {
        assertThatCode(() -> {
                    try (Progress progress = Progress.start("train", 2, new NotebookProgress())) {
                        progress.step("a");
                        progress.step("b");
                    }
                    ChartListener.View view = new NotebookCharts().begin("loss");
                    view.show(() -> Charts.lines("", "", "", Line.of("a", 1)), "a 1", true);
                })
                .doesNotThrowAnyException();
    }
}
