package dev.text2image.kernel;

import ai.djl.ndarray.NDArray;
import dev.text2image.plots.HiDpi;
import java.awt.image.BufferedImage;
import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;
import java.util.Optional;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** Single values as short text. */
final class Values {
    private static final MathContext DIGITS = new MathContext(5);
    private static final int MAX_TEXT = 160;
    private static final double KIB = 1024;
    private static final int MAX_ELEMENTS = 12;

    private Values() {}

    static String text(@Nullable Object value) {
        if (value instanceof Double || value instanceof Float) {
            return number(((Number) value).doubleValue());
        }
        if (value instanceof NDArray array) {
            return ArrayView.title(array);
        }
        if (value != null && value.getClass().isArray()) {
            return array(value);
        }
        if (value instanceof Optional<?> optional) {
            return optional.isPresent() ? text(optional.get()) : "none";
        }
        if (value instanceof BufferedImage image) {
            return HiDpi.description(image);
        }
        return cut(String.valueOf(value));
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

    private static String cut(String text) {
        return text.length() <= MAX_TEXT ? text : text.substring(0, text.offsetByCodePoints(MAX_TEXT, -1)) + "…";
    }

    private static String array(Object array) {
        int length = Array.getLength(array);
        var text = new StringJoiner(", ", "[", "]");
        for (int i = 0; i < Math.min(length, MAX_ELEMENTS); i++) {
            text.add(text(Array.get(array, i)));
        }
        if (length > MAX_ELEMENTS) {
            text.add("… " + length + " in all");
        }
        return text.toString();
    }
}
