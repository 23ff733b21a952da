package dev.text2image.plots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.text2image.progress.OpenViews;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LiveChartTest {
    private final List<String> shown = new ArrayList<>();

    LiveChartTest() {
        LiveChart.setDefaultListener(
                title -> (chart, text, last) -> shown.add(title + ": " + text + (last ? " end" : "")));
    }

    @AfterEach
    void reset() {
        OpenViews.finish();
        LiveChart.setDefaultListener(new TextCharts(System.err));
    }

    @Test
    void eachPointIsShownAndTheLastWhenTheStatementEnds() {
        LiveChart chart = LiveChart.of("Loss", "step", "loss");
        chart.add(1, 0.5);
        chart.add(2, 0.25);
        OpenViews.finish();
        OpenViews.finish();
        assertThat(shown)
                .containsExactly("Loss: step 1, loss 0.5", "Loss: step 2, loss 0.25", "Loss: step 2, loss 0.25 end");
        chart.add(3, 0.125);
        chart.close();
        assertThat(shown).hasSize(5).last().isEqualTo("Loss: step 3, loss 0.125 end");
    }

    @Test
    void seriesHaveNames() {
        try (LiveChart chart = LiveChart.of("", "step", "loss")) {
            chart.add("trained", 10, 0.5);
            chart.add("held out", 10, 0.75);
            assertThat(chart).hasToString("chart: step 10, trained 0.5, held out 0.75");
            assertThat(Charts.description(chart.chart())).isEqualTo("chart (trained, held out)");
        }
    }

    @Test
    void aChartWithoutPointsShowsNothing() {
        assertThatCode(() -> LiveChart.of("", "", "").close()).doesNotThrowAnyException();
        assertThat(shown).isEmpty();
        assertThat(LiveChart.of("", "", "")).hasToString("chart: no points");
    }

    @Test
    void withoutANotebookTheLastPointsArePrinted() {
        var bytes = new ByteArrayOutputStream();
        LiveChart.setDefaultListener(new TextCharts(new PrintStream(bytes, true, StandardCharsets.UTF_8)));
        try (LiveChart chart = LiveChart.of("Loss", "step", "loss")) {
            for (int step = 0; step < 100; step++) {
                chart.add(step, 1.0 / (1 + step));
            }
        }
        assertThat(bytes.toString(StandardCharsets.UTF_8).lines()).last().isEqualTo("Loss: step 99, loss 0.01");
    }

    @Test
    void aLongSeriesIsThinnedByAveraging() {
        LiveChart chart = LiveChart.of("loss", "step", "loss");
        for (int i = 0; i < 2500; i++) {
            chart.add("loss", i, 2.0 * i);
        }
        double[] x = chart.chart().getSeries("loss").getXData();
        assertThat(x).hasSize(834).startsWith(1, 4).endsWith(2499);
    }
}
