package dev.text2image.plots;

import java.util.Arrays;
import java.util.List;

/**
 * Lines whose values are brought to a size at which XChart's ticks are round: below about 1e-2 its test for equally spaced values
 * finds all of them equal. The power of ten goes into the label.
 *
 * @param yLabel what the y axis shows, with the power of ten
 * @param lines the lines, multiplied by it
 */
record SmallValues(String yLabel, List<Line> lines) {
    private static final int SMALLEST_EXPONENT = -2;

    static SmallValues scaled(String yLabel, Line... lines) {
        double largest = Arrays.stream(lines)
                .flatMapToDouble(line -> Arrays.stream(line.y()))
                .filter(Double::isFinite)
                .map(Math::abs)
                .max()
                .orElse(0);
        int exponent = largest > 0 ? (int) Math.floor(Math.log10(largest)) : 0;
        if (exponent >= SMALLEST_EXPONENT) {
            return new SmallValues(yLabel, List.of(lines));
        }
        double factor = Math.pow(10, -exponent);
        List<Line> larger =
                Arrays.stream(lines).map(line -> times(line, factor)).toList();
        return new SmallValues((yLabel + " (1e" + exponent + ")").strip(), larger);
    }

    private static Line times(Line line, double factor) {
        return Line.of(
                line.name(),
                line.x(),
                Arrays.stream(line.y()).map(value -> value * factor).toArray());
    }
}
