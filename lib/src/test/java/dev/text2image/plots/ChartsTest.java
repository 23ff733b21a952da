package dev.text2image.plots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.util.Random;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYChart;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.Table;

class ChartsTest {
    @Test
    void aChartIsDrawnOnWhiteAtTwiceItsSize() throws IOException {
        XYChart chart = Charts.lines(
                "Signal and noise",
                "timestep",
                "coefficient",
                Line.of("signal", curve(t -> Math.cos(t * Math.PI / 2))),
                Line.of("noise", curve(t -> Math.sin(t * Math.PI / 2))));
        BufferedImage image = Charts.image(chart);
        save(image, "lines");
        assertThat(image.getWidth()).isEqualTo(2 * Charts.WIDTH);
        assertThat(image.getHeight()).isEqualTo(2 * Charts.HEIGHT);
        assertThat(HiDpi.pixelsPerPoint(image)).isEqualTo(2);
        assertThat(image.getRGB(0, 0)).isEqualTo(0xffffffff);
        assertThat(colours(image)).isGreaterThan(20);
    }

    @Test
    void aSingleLineNeedsNoLegend() {
        assertThat(Charts.lines("", "", "", Line.of("a", 1, 2)).getStyler().isLegendVisible())
                .isFalse();
    }

    @Test
    void aLossCurveHasTheLossesAndTheirAverage() throws IOException {
        var random = new Random(0);
        double[] losses = IntStream.range(0, 600)
                .mapToDouble(i -> 0.1 + 0.3 * Math.exp(-i / 120.0) + Math.abs(random.nextGaussian()) * 0.05)
                .toArray();
        var history = Table.create(
                "history",
                IntColumn.create("step", IntStream.range(0, 600).toArray()),
                DoubleColumn.create("loss", losses));
        XYChart chart = Charts.lossCurve(history);
        save(Charts.image(chart), "loss");
        assertThat(chart.getSeries("moving average (each value)").getYData()).containsExactly(losses);
        assertThat(chart.getSeries("moving average").getYData()).hasSize(600);
    }

    @Test
    void aLossCurveOfOneStepIsDrawn() {
        var history = Table.create(IntColumn.create("step", 1), DoubleColumn.create("loss", 0.5));
        assertThat(colours(Charts.image(Charts.lossCurve(history)))).isGreaterThan(2);
    }

    @Test
    void aMissingColumnIsNamed() {
        assertThatThrownBy(() -> Charts.lossCurve(Table.create("runs", IntColumn.create("step", 1))))
                .hasMessage("The table \"runs\" has no column \"loss\"; its columns are [step].");
    }

    @Test
    void smoothingStartsAtTheFirstValueAndKeepsConstants() {
        assertThat(Charts.smooth(new double[] {4, 0}, 0.5)).containsExactly(new double[] {4, 4.0 / 3}, within(1e-12));
        assertThat(Charts.smooth(new double[] {2, Double.NaN, 2}, 0.9))
                .containsExactly(new double[] {2, 2, 2}, within(1e-12));
    }

    @Test
    void aHistogramCountsEveryFiniteValueOnce() throws IOException {
        var random = new Random(1);
        double[] values = random.doubles(4000).map(u -> random.nextGaussian()).toArray();
        values[0] = Double.NaN;
        XYChart chart = Charts.histogram("Noise", "value", values, 40);
        save(Charts.image(chart), "histogram");
        double[] tops = chart.getSeries("count").getYData();
        assertThat(IntStream.range(0, 40).mapToDouble(i -> tops[4 * i + 1]).sum())
                .isEqualTo(3999);
    }

    @Test
    void axisNumbersAreShort() {
        assertThat(AxisLabels.format(0)).isEqualTo("0");
        assertThat(AxisLabels.format(0.30000000000000004)).isEqualTo("0.3");
        assertThat(AxisLabels.format(12000)).isEqualTo("12000");
        assertThat(AxisLabels.format(-0.00002)).isEqualTo("-2e-5");
        assertThat(AxisLabels.format(25000000)).isEqualTo("2.5e7");
    }

    @Test
    void aLineWithUnequalArraysIsRefused() {
        assertThatThrownBy(() -> Line.of("a", new double[1], new double[2]))
                .hasMessage("Line \"a\" has 1 x values and 2 y values; give one y for each x.");
    }

    @Test
    void anInfiniteValueIsAGap() {
        XYChart chart = Charts.lines("", "", "", Line.of("a", 1, Double.NEGATIVE_INFINITY, 3));
        assertThat(chart.getSeries("a").getYData()).containsExactly(1, Double.NaN, 3);
        assertThat(chart.getSeries("a").getYMin()).isEqualTo(1);
    }

    static void save(BufferedImage image, String name) throws IOException {
        var file = new File("target/plots/" + name + ".png");
        assertThat(file.getParentFile().isDirectory() || file.getParentFile().mkdirs())
                .isTrue();
        assertThat(ImageIO.write(image, "png", file)).isTrue();
    }

    static long colours(BufferedImage image) {
        return IntStream.range(0, image.getWidth() * image.getHeight())
                .map(i -> image.getRGB(i % image.getWidth(), i / image.getWidth()))
                .distinct()
                .count();
    }

    private static double[] curve(java.util.function.DoubleUnaryOperator f) {
        return IntStream.range(0, 1000)
                .mapToDouble(t -> f.applyAsDouble(t / 1000.0))
                .toArray();
    }
}
