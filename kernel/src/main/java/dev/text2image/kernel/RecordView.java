package dev.text2image.kernel;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Records, such as configurations: one as a table of names and values, several of a kind as rows. */
final class RecordView {
    private static final int MAX_ROWS = 20;

    private RecordView() {}

    static Html of(Record value) {
        return sheet(value).html();
    }

    static Sheet sheet(Record value) {
        var sheet = Sheet.ofValues(value.getClass().getSimpleName());
        for (RecordComponent component : value.getClass().getRecordComponents()) {
            sheet.row(component.getName(), component(value, component));
        }
        return sheet;
    }

    /** A list of records of one class as a table; empty if it is none. */
    static Optional<Html> find(List<?> list) {
        if (list.isEmpty() || !list.stream().allMatch(element -> element instanceof Record)) {
            return Optional.empty();
        }
        List<Record> records = list.stream().map(Record.class::cast).toList();
        boolean equal = records.stream().map(Object::getClass).distinct().count() == 1;
        return equal ? Optional.of(of(records)) : Optional.empty();
    }

    private static Html of(List<Record> values) {
        Class<?> type = values.get(0).getClass();
        RecordComponent[] components = type.getRecordComponents();
        var sheet = new Sheet("");
        for (RecordComponent component : components) {
            boolean number = component.getType().isPrimitive() && component.getType() != boolean.class;
            sheet = number ? sheet.right(component.getName()) : sheet.left(component.getName());
        }
        for (Record value : values.subList(0, Math.min(MAX_ROWS, values.size()))) {
            List<String> cells = new ArrayList<>();
            Stream.of(components).forEach(component -> cells.add(component(value, component)));
            sheet.row(cells);
        }
        if (values.size() > MAX_ROWS) {
            sheet.across(Values.format("… %,d more", values.size() - MAX_ROWS));
        }
        return sheet.note(Values.format("%,d x %s", values.size(), type.getSimpleName()))
                .html();
    }

    /** Reflection, because a record of any type, one defined in a cell too, is to be shown. */
    private static String component(Record value, RecordComponent component) {
        try {
            component.getAccessor().setAccessible(true);
            return Values.text(component.getAccessor().invoke(value));
        } catch (ReflectiveOperationException | RuntimeException e) {
            return "not readable: " + e.getClass().getSimpleName();
        }
    }
}
