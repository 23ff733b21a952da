package dev.text2image.kernel.views;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/** A table as HTML: the first and the last rows, numbers rounded and to the right. */
final class TableView {
    private static final int MAX_ROWS = 20;
    private static final int LAST_ROWS = 3;
    private static final int MAX_COLUMNS = 16;
    private static final int LONGEST_NAME = 60;

    private TableView() {}

    static Html of(Table table) {
        return sheet(table).html();
    }

    private static Sheet sheet(Table table) {
        int rows = table.rowCount();
        boolean cut = rows > MAX_ROWS;
        boolean wide = table.columnCount() > MAX_COLUMNS;
        List<Column<?>> columns = table.columns().subList(0, wide ? MAX_COLUMNS : table.columnCount());
        var sheet = new Sheet("");
        for (Column<?> column : columns) {
            boolean number = column instanceof NumericColumn;
            sheet = number ? sheet.right(column.name()) : sheet.left(column.name());
        }
        if (wide) {
            sheet.left("…");
        }
        addRows(sheet, columns, wide, 0, cut ? MAX_ROWS - LAST_ROWS : rows);
        if (cut) {
            sheet.across(Values.format("… %,d more rows", rows - MAX_ROWS));
            addRows(sheet, columns, wide, rows - LAST_ROWS, rows);
        }
        return sheet.note(size(table));
    }

    private static void addRows(Sheet sheet, List<Column<?>> columns, boolean wide, int from, int to) {
        IntStream.range(from, to).forEach(row -> {
            List<String> cells = new ArrayList<>();
            columns.forEach(column -> cells.add(column.isMissing(row) ? "" : Values.text(column.get(row))));
            if (wide) {
                cells.add("…");
            }
            sheet.row(cells);
        });
    }

    private static String size(Table table) {
        String name = table.name() == null ? "" : table.name().strip();
        boolean shown = !name.isEmpty() && name.length() <= LONGEST_NAME;
        return (shown ? name + ": " : "")
                + Values.count(table.rowCount(), "row")
                + ", "
                + Values.count(table.columnCount(), "column");
    }
}
