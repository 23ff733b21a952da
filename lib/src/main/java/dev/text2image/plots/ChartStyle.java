package dev.text2image.plots;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.GraphicsEnvironment;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The look that all pictures of this package share: white, few lines, colours that colour-blind people can tell apart. */
final class ChartStyle {
    static final Color INK = new Color(0x22, 0x26, 0x2b);
    static final Color MUTED = new Color(0x5f, 0x67, 0x70);
    static final Color GRID = new Color(0xe4, 0xe7, 0xeb);
    // Okabe and Ito's palette, its yellow left out because it is hard to see on white.
    private static final Color[] SERIES = {
        new Color(0x00, 0x72, 0xb2),
        new Color(0xd5, 0x5e, 0x00),
        new Color(0x00, 0x9e, 0x73),
        new Color(0xcc, 0x79, 0xa7),
        new Color(0x56, 0xb4, 0xe9),
        new Color(0xe6, 0x9f, 0x00)
    };
    private static final List<String> FAMILIES =
            List.of("Inter", "Segoe UI", "Helvetica Neue", "Noto Sans", "Liberation Sans", "Arial", "DejaVu Sans");
    private static final String FAMILY = family();

    private ChartStyle() {}

    static Font font(int style, float size) {
        return new Font(FAMILY, style, 1).deriveFont(size);
    }

    static Color color(int series) {
        return SERIES[series % SERIES.length];
    }

    static Color pale(int series) {
        Color color = color(series);
        return new Color(pale(color.getRed(), 0.4), pale(color.getGreen(), 0.4), pale(color.getBlue(), 0.4));
    }

    private static int pale(int channel, double share) {
        return (int) (255 - (255 - channel) * share);
    }

    static XYChart chart(String title, String xLabel, String yLabel, int width, int height) {
        var chart = new XYChart(width, height);
        chart.setTitle(title);
        chart.setXAxisTitle(xLabel);
        chart.setYAxisTitle(yLabel);
        XYStyler styler = chart.getStyler();
        frame(styler);
        axes(styler);
        styler.setChartTitleVisible(!title.isEmpty());
        styler.setXAxisTitleVisible(!xLabel.isEmpty());
        styler.setYAxisTitleVisible(!yLabel.isEmpty());
        return chart;
    }

    private static void frame(XYStyler styler) {
        styler.setBaseFont(font(Font.PLAIN, 12));
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setPlotBackgroundColor(Color.WHITE);
        styler.setChartFontColor(INK);
        styler.setChartPadding(12);
        styler.setChartTitleFont(font(Font.BOLD, 15));
        styler.setChartTitlePadding(8);
        styler.setChartTitleBoxVisible(false);
        styler.setLegendFont(font(Font.PLAIN, 12));
        styler.setLegendBorderColor(Color.WHITE);
        styler.setLegendPosition(LegendPosition.OutsideS);
        styler.setLegendLayout(LegendLayout.Horizontal);
        styler.setLegendSeriesLineLength(20);
        styler.setPlotBorderVisible(false);
        styler.setSeriesColors(SERIES);
        styler.setLocale(Locale.ROOT);
        styler.setAntiAlias(true);
        styler.setTextAntiAlias(true);
    }

    private static void axes(XYStyler styler) {
        styler.setAxisTitleFont(font(Font.PLAIN, 12));
        styler.setXAxisTitleColor(MUTED);
        styler.setYAxisTitleColor(MUTED);
        styler.setAxisTickLabelsFont(font(Font.PLAIN, 11));
        styler.setAxisTickLabelsColor(MUTED);
        styler.setAxisTicksLineVisible(false);
        styler.setAxisTicksMarksVisible(false);
        styler.setPlotTicksMarksVisible(false);
        styler.setPlotGridLinesColor(GRID);
        styler.setPlotGridLinesStroke(new BasicStroke(1));
        styler.setPlotGridVerticalLinesVisible(false);
        styler.setPlotMargin(0);
        styler.setPlotContentSize(0.98);
        styler.setXAxisTickMarkSpacingHint(80);
        styler.setYAxisTickMarkSpacingHint(40);
        styler.setXAxisTickLabelsFormattingFunction(AxisLabels::format);
        styler.setYAxisTickLabelsFormattingFunction(AxisLabels::format);
    }

    static void add(XYChart chart, Line line, Color color, float thickness) {
        // An infinite value, such as the logarithm of 0, would leave no room for the others; NaN is a gap.
        double[] y = Arrays.stream(line.y())
                .map(value -> Double.isInfinite(value) ? Double.NaN : value)
                .toArray();
        chart.addSeries(line.name(), line.x(), y)
                .setMarker(SeriesMarkers.NONE)
                .setLineColor(color)
                .setLineStyle(new BasicStroke(thickness, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    }

    private static String family() {
        Set<String> installed = Set.copyOf(
                Arrays.asList(GraphicsEnvironment.getLocalGraphicsEnvironment().getAvailableFontFamilyNames()));
        return FAMILIES.stream().filter(installed::contains).findFirst().orElse(Font.SANS_SERIF);
    }
}
