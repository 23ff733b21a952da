package dev.text2image.kernel;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.stream.IntStream;

/** An NDArray in two lines: what it is, and its first values and range. */
final class ArrayView {
    private static final int MAX_VALUES = 8;
    /** Larger arrays are not searched for their range, which would take noticeable time. */
    private static final long MAX_SIZE_FOR_RANGE = 1L << 24;

    private ArrayView() {}

    static Html of(NDArray array) {
        String title = title(array);
        String values = values(array);
        return new Html(
                "<div style=\"font-family: monospace\"><b>" + Html.escape(title) + "</b>"
                        + (values.isEmpty() ? "" : "<br>" + Html.escape(values)) + "</div>",
                values.isEmpty() ? title : title + "\n" + values);
    }

    static String title(NDArray array) {
        try {
            return "NDArray " + array.getShape() + " "
                    + array.getDataType().toString().toLowerCase(Locale.ROOT) + " on "
                    + device(array.getDevice());
        } catch (IllegalStateException e) {
            return "NDArray, closed";
        }
    }

    private static String device(Device device) {
        return device.getDeviceId() < 0 ? device.getDeviceType() : device.getDeviceType() + ":" + device.getDeviceId();
    }

    private static String values(NDArray array) {
        try {
            if (array.size() == 0) {
                return "[]";
            }
            String first = first(array);
            return array.getDataType().isFloating() && array.size() > 1 && array.size() <= MAX_SIZE_FOR_RANGE
                    ? first + "  " + range(array)
                    : first;
        } catch (IllegalStateException | UnsupportedOperationException e) {
            return "";
        }
    }

    /** The start of the last axis at index 0 of all others: a view, so that a large array is not copied. */
    private static String first(NDArray array) {
        int rank = array.getShape().dimension();
        if (rank == 0) {
            return Values.text(number(array));
        }
        long last = array.getShape().get(rank - 1);
        var index = new NDIndex();
        for (int i = 0; i < rank - 1; i++) {
            index.addIndices(0);
        }
        index.addSliceDim(0, Math.min(last, MAX_VALUES));
        try (NDArray view = array.get(index)) {
            var text = new StringJoiner(", ", "[", array.size() > MAX_VALUES ? ", …]" : "]");
            numbers(view).forEach(text::add);
            return text.toString();
        }
    }

    private static List<String> numbers(NDArray array) {
        if (array.getDataType() == DataType.BOOLEAN) {
            boolean[] values = array.toBooleanArray();
            return IntStream.range(0, values.length)
                    .mapToObj(i -> String.valueOf(values[i]))
                    .toList();
        }
        boolean floating = array.getDataType().isFloating();
        try (NDArray copy = array.toType(floating ? DataType.FLOAT64 : DataType.INT64, true)) {
            return floating
                    ? Arrays.stream(copy.toDoubleArray())
                            .mapToObj(Values::number)
                            .toList()
                    : Arrays.stream(copy.toLongArray())
                            .mapToObj(String::valueOf)
                            .toList();
        }
    }

    private static String number(NDArray scalar) {
        return numbers(scalar).get(0);
    }

    private static String range(NDArray array) {
        try (NDArray min = array.min();
                NDArray mean = array.mean();
                NDArray max = array.max()) {
            return "min " + number(min) + ", mean " + number(mean) + ", max " + number(max);
        }
    }
}
