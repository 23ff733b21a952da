package dev.text2image.kernel;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/** A table as HTML: the first and the last rows, numbers rounded and to the right. */
final class TableView {
    private static final int MAX_ROWS = 20;
    private static final int LAST_ROWS = 3;

    private TableView() {}

    static Html of(Table table) {
        int rows = table.rowCount();
        boolean cut = rows > MAX_ROWS;
        var html = new StringBuilder("<table><thead><tr>");
        table.columns().forEach(column -> cell(html, "th", column, column.name()));
        html.append("</tr></thead><tbody>");
        IntStream.range(0, cut ? MAX_ROWS - LAST_ROWS : rows).forEach(row -> row(html, table, row));
        if (cut) {
            html.append("<tr>").append("<td>⋮</td>".repeat(table.columnCount())).append("</tr>");
            IntStream.range(rows - LAST_ROWS, rows).forEach(row -> row(html, table, row));
        }
        html.append("</tbody></table><div>").append(Html.escape(size(table))).append("</div>");
        return new Html(html.toString(), table.print(MAX_ROWS) + "\n" + size(table));
    }

    private static String size(Table table) {
        return count(table.rowCount(), "row") + ", " + count(table.columnCount(), "column");
    }

    private static String count(int n, String what) {
        return n + " " + what + (n == 1 ? "" : "s");
    }

    private static void row(StringBuilder html, Table table, int row) {
        html.append("<tr>");
        for (Column<?> column : table.columns()) {
            cell(html, "td", column, column.isMissing(row) ? "" : Values.text(column.get(row)));
        }
        html.append("</tr>");
    }

    private static void cell(StringBuilder html, String tag, Column<?> column, String text) {
        String align = column instanceof NumericColumn ? "right" : "left";
        String lines = Html.escape(text).lines().collect(Collectors.joining("<br>"));
        html.append('<')
                .append(tag)
                .append(" style=\"text-align: ")
                .append(align)
                .append("\">");
        html.append(lines).append("</").append(tag).append('>');
    }
}
