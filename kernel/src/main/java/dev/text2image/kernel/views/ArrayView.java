package dev.text2image.kernel.views;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.util.NativeResource;
import dev.text2image.kernel.docs.HtmlText;
import dev.text2image.torch.HelperThreads;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** An NDArray in two lines: what it is, and its first values and range. */
final class ArrayView {
    private static final int MAX_VALUES = 8;
    /** Larger arrays are not searched for their range, which would take noticeable time. */
    private static final long MAX_SIZE_FOR_RANGE = 1L << 24;

    private ArrayView() {}

    /** The thread that answers the notebook calls this; the cores are those of the one that runs the cells. */
    static Html of(NDArray array) {
        return HelperThreads.onOneCore(() -> view(array));
    }

    private static Html view(NDArray array) {
        String title = title(array);
        String values = values(array);
        String warning = values.isEmpty() ? "" : nonFinite(array);
        return new Html(
                "<div style=\"font-family: monospace\"><b>" + HtmlText.escape(title) + "</b>"
                        + (values.isEmpty() ? "" : "<br>" + HtmlText.escape(values))
                        + (warning.isEmpty() ? "" : "<br><b style=\"color: #d55e00\">" + warning + "</b>") + "</div>",
                Stream.of(title, values, warning)
                        .filter(line -> !line.isEmpty())
                        .collect(Collectors.joining("\n")));
    }

    /** Several arrays as a table. */
    static Html of(List<NDArray> arrays) {
        var sheet = new Sheet("").right("").left("shape").left("type").left("device");
        for (int i = 0; i < arrays.size(); i++) {
            NDArray array = arrays.get(i);
            String number = String.valueOf(i);
            if (isClosed(array)) {
                sheet.row(number, "closed", "", "");
            } else {
                sheet.row(number, array.getShape().toString(), type(array), device(array.getDevice()));
            }
        }
        return sheet.note(Values.count(arrays.size(), "array")).html();
    }

    static String type(NDArray array) {
        return array.getDataType().toString().toLowerCase(Locale.ROOT);
    }

    /** What no array of a healthy model holds; empty if there is none. */
    private static String nonFinite(NDArray array) {
        if (!array.getDataType().isFloating() || array.size() > MAX_SIZE_FOR_RANGE) {
            return "";
        }
        long nan = count(array.isNaN());
        long infinite = count(array.isInfinite());
        return nan + infinite == 0
                ? ""
                : Values.format("%,d of %,d values are NaN, %,d infinite", nan, array.size(), infinite);
    }

    private static long count(NDArray mask) {
        try (mask;
                NDArray ones = mask.toType(DataType.INT64, true);
                NDArray sum = ones.sum()) {
            return sum.getLong();
        }
    }

    /** An array remembers its shape after it was closed. */
    static boolean isClosed(NDArray array) {
        return array instanceof NativeResource<?> resource && resource.isReleased();
    }

    static String title(NDArray array) {
        return isClosed(array)
                ? "NDArray, closed"
                : "NDArray " + array.getShape() + " " + type(array) + " on " + device(array.getDevice());
    }

    static String device(Device device) {
        return device.getDeviceId() < 0 ? device.getDeviceType() : device.getDeviceType() + ":" + device.getDeviceId();
    }

    private static String values(NDArray array) {
        if (isClosed(array)) {
            return "";
        }
        try {
            if (array.size() == 0) {
                return "[]";
            }
            String first = first(array);
            return array.getDataType().isFloating() && array.size() > 1 && array.size() <= MAX_SIZE_FOR_RANGE
                    ? first + "  " + range(array)
                    : first;
        } catch (UnsupportedOperationException e) {
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
