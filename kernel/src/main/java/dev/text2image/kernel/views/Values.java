package dev.text2image.kernel.views;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Single values as short text. */
final class Values {
    private static final MathContext DIGITS = new MathContext(5);
    private static final double KIB = 1024;

    private Values() {}

    static String text(@Nullable Object value) {
        if (value instanceof Double || value instanceof Float) {
            return number(((Number) value).doubleValue());
        }
        if (value instanceof Optional<?> optional) {
            return optional.isPresent() ? text(optional.get()) : "none";
        }
        return Abridged.brief(value);
    }

    /** Five digits, without an exponent where that is short. */
    static String number(double value) {
        if (!Double.isFinite(value) || value == 0) {
            return value == 0 ? "0" : String.valueOf(value);
        }
        BigDecimal rounded = BigDecimal.valueOf(value).round(DIGITS).stripTrailingZeros();
        double magnitude = Math.abs(value);
        boolean plain = magnitude >= 1e-4 && magnitude < 1e9;
        return plain ? rounded.toPlainString() : scientific(rounded);
    }

    private static String scientific(BigDecimal value) {
        int exponent = value.precision() - value.scale() - 1;
        return value.movePointLeft(exponent).stripTrailingZeros().toPlainString() + "e" + exponent;
    }

    static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    /** For example {@code "1 row"} or {@code "1,906 rows"}. */
    static String count(long n, String what) {
        return format("%,d %s%s", n, what, n == 1 ? "" : "s");
    }

    /** For example {@code "1.5 GiB"}. */
    static String bytes(long bytes) {
        if (bytes < KIB * KIB) {
            return format("%,d KiB", Math.round(bytes / KIB));
        }
        return bytes < KIB * KIB * KIB
                ? format("%,.1f MiB", bytes / (KIB * KIB))
                : format("%,.1f GiB", bytes / (KIB * KIB * KIB));
    }
}
