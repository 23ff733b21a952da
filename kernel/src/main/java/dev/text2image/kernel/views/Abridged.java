package dev.text2image.kernel.views;

import ai.djl.ndarray.NDArray;
import dev.text2image.plots.HiDpi;
import java.awt.image.BufferedImage;
import java.lang.reflect.Array;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Any value as text that is short enough to look at. Arrays, collections and maps, however nested, are written as Java writes lists
 * and maps; long ones as numpy does, by their first and last elements, with how many there are.
 */
public final class Abridged {
    private static final int MOST_ELEMENTS = 1000;
    private static final int MOST_IN_CELL = 12;
    private static final int ENDS = 3;
    private static final int MOST_CHARACTERS = 20_000;
    private static final int MOST_OF_ELEMENT = 1000;
    private static final int MOST_OF_CELL = 160;
    private static final int START = 4000;
    private static final int END = 1000;
    private static final int WIDTH = 80;

    private final StringBuilder text = new StringBuilder();
    private final Set<Object> around = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Function<Object, String> ofElement;
    private final int most;
    private final boolean inRows;
    private boolean nested;

    private Abridged(int most, boolean inRows, Function<Object, String> ofElement) {
        this.most = most;
        this.inRows = inRows;
        this.ofElement = ofElement;
    }

    /**
     * Writes a value as the result of a cell: up to some pages.
     *
     * @param value the value
     * @return its text
     */
    public static String text(@Nullable Object value) {
        if (!hasElements(value)) {
            return value instanceof Optional<?>
                    ? all(value, MOST_ELEMENTS, false).toString()
                    : middle(single(value));
        }
        Abridged line = all(value, MOST_ELEMENTS, false);
        if (!line.isFull() && (!line.nested || line.text.length() <= WIDTH)) {
            return line.toString();
        }
        Abridged rows = line.isFull() ? line : all(value, MOST_ELEMENTS, line.nested);
        return rows.isFull() ? all(value, 2 * ENDS, line.nested).toString() : rows.toString();
    }

    private static Abridged all(@Nullable Object value, int most, boolean inRows) {
        var result = new Abridged(most, inRows, element -> cut(single(element), MOST_OF_ELEMENT));
        result.add(value, 0);
        return result;
    }

    /** A value in a cell of a table: up to a line or two. */
    static String brief(@Nullable Object value) {
        var result = new Abridged(MOST_IN_CELL, false, Values::text);
        if (!hasElements(value)) {
            return cut(single(value), MOST_OF_CELL);
        }
        result.add(value, 0);
        return cut(result.text.toString(), MOST_OF_CELL);
    }

    /**
     * Cuts off a long text.
     *
     * @param text the text
     * @param most how many characters are left
     * @return its start, with a sign that more follows
     */
    public static String cut(String text, int most) {
        return text.length() <= most ? text : text.substring(0, text.offsetByCodePoints(most, -1)) + "…";
    }

    /** A text without its middle, if it is long. */
    private static String middle(String text) {
        if (text.length() <= MOST_CHARACTERS) {
            return text;
        }
        String start = cut(text, START);
        String end = text.substring(text.offsetByCodePoints(text.length() - END, 0));
        String count = Values.format("%,d characters in all; System.out.print shows them", text.length());
        return start + "\n… " + count + " …\n" + end;
    }

    /** A value that is not shown by its elements. */
    private static String single(@Nullable Object value) {
        if (value instanceof NDArray array) {
            return ArrayView.title(array);
        }
        return value instanceof BufferedImage image ? HiDpi.description(image) : String.valueOf(value);
    }

    private static boolean hasElements(@Nullable Object value) {
        return value instanceof Collection<?>
                || value instanceof Map<?, ?>
                || (value != null && value.getClass().isArray());
    }

    /** An array of any type as a list. */
    static List<?> listOf(Object array) {
        if (array instanceof Object[] objects) {
            return Arrays.asList(objects);
        }
        return new AbstractList<Object>() {
            @Override
            public Object get(int index) {
                return Array.get(array, index);
            }

            @Override
            public int size() {
                return Array.getLength(array);
            }
        };
    }

    private boolean isFull() {
        return text.length() > MOST_CHARACTERS;
    }

    private void add(@Nullable Object value, int depth) {
        if (value instanceof Map.Entry<?, ?> entry) {
            add(entry.getKey(), depth);
            text.append('=');
            add(entry.getValue(), depth);
        } else if (value instanceof Optional<?> optional) {
            text.append(optional.isPresent() ? "Optional[" : "Optional.empty");
            if (optional.isPresent()) {
                add(optional.get(), depth);
                text.append(']');
            }
        } else if (value == null || !hasElements(value)) {
            text.append(ofElement.apply(value));
        } else if (!around.add(value)) {
            text.append("(this)");
        } else {
            nested |= depth > 0;
            boolean isMap = value instanceof Map<?, ?>;
            text.append(isMap ? '{' : '[');
            addElements(elementsOf(value), depth + 1);
            text.append(isMap ? '}' : ']');
            around.remove(value);
        }
    }

    private static Collection<?> elementsOf(Object value) {
        if (value instanceof Map<?, ?> map) {
            return map.entrySet();
        }
        return value instanceof Collection<?> collection ? collection : listOf(value);
    }

    private void addElements(Collection<?> elements, int depth) {
        int size = elements.size();
        boolean abridged = size > most;
        Iterator<?> shown = abridged ? ends(elements).iterator() : elements.iterator();
        for (int i = 0; shown.hasNext() && !isFull(); i++) {
            Object element = shown.next();
            if (i > 0) {
                separate(element, depth);
            }
            if (abridged && i == ENDS) {
                text.append(Values.format("… %,d in all …", size));
                separate(element, depth);
            }
            add(element, depth);
        }
    }

    private void separate(Object next, int depth) {
        text.append(inRows && hasElements(next) ? ",\n" + " ".repeat(depth) : ", ");
    }

    private static List<?> ends(Collection<?> elements) {
        int size = elements.size();
        List<Object> ends = new ArrayList<>();
        if (elements instanceof List<?> list) {
            ends.addAll(list.subList(0, ENDS));
            ends.addAll(list.subList(size - ENDS, size));
            return ends;
        }
        int i = 0;
        for (Object element : elements) {
            if (i < ENDS || i >= size - ENDS) {
                ends.add(element);
            }
            i++;
        }
        return ends;
    }

    @Override
    public String toString() {
        return cut(text.toString(), MOST_CHARACTERS);
    }
}
