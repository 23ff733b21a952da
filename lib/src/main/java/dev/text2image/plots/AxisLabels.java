package dev.text2image.plots;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Numbers on axes, as short as they can be without losing what tells one tick from the next. */
final class AxisLabels {
    private static final MathContext DIGITS = new MathContext(6, RoundingMode.HALF_EVEN);

    private AxisLabels() {}

    static String format(double value) {
        if (value == 0 || Double.isNaN(value) || Double.isInfinite(value)) {
            return value == 0 ? "0" : String.valueOf(value);
        }
        double magnitude = Math.abs(value);
        BigDecimal rounded = new BigDecimal(value).round(DIGITS).stripTrailingZeros();
        if (magnitude >= 1e7 || magnitude < 1e-4) {
            return scientific(rounded);
        }
        return rounded.toPlainString();
    }

    private static String scientific(BigDecimal value) {
        int exponent = value.precision() - value.scale() - 1;
        return value.movePointLeft(exponent).stripTrailingZeros().toPlainString() + "e" + exponent;
    }
}
