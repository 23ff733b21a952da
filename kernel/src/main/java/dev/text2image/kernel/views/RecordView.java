package dev.text2image.kernel.views;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Records, such as configurations: one as a table of names and values, several of a kind as rows. */
final class RecordView {
    private static final int MAX_COLUMNS = 16;

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
        boolean wide = components.length > MAX_COLUMNS;
        List<RecordComponent> columns = List.of(components).subList(0, wide ? MAX_COLUMNS : components.length);
        var sheet = new Sheet("");
        for (RecordComponent component : columns) {
            boolean number = component.getType().isPrimitive() && component.getType() != boolean.class;
            sheet = number ? sheet.right(component.getName()) : sheet.left(component.getName());
        }
        if (wide) {
            sheet.left("… " + components.length + " in all");
        }
        for (int i = 0; i < values.size(); i++) {
            if (sheet.shows(i, values.size())) {
                Record value = values.get(i);
                List<String> cells = new ArrayList<>();
                columns.forEach(component -> cells.add(component(value, component)));
                if (wide) {
                    cells.add("…");
                }
                sheet.row(cells);
            }
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
