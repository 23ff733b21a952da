package dev.text2image.kernel.views;

import dev.text2image.kernel.docs.HtmlText;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Rows of short texts, as an HTML table and as aligned plain text. */
public final class Sheet {
    private static final int MAX_ROWS = 20;
    private static final int LAST_ROWS = 3;
    private static final int MAX_TEXT_CELL = 72;
    private static final String MUTED = "color: var(--jp-ui-font-color2, #5f6770)";

    private final String title;
    private final List<Column> columns = new ArrayList<>();
    private final List<Row> rows = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    private record Column(String name, boolean right) {}

    private record Row(List<String> cells, boolean bold) {}

    /**
     * Starts a table.
     *
     * @param title shown above it; an empty one is not shown
     */
    public Sheet(String title) {
        this.title = title;
    }

    /**
     * Starts a table of names and values.
     *
     * @param title shown above it; an empty one is not shown
     * @return the table
     */
    public static Sheet ofValues(String title) {
        return new Sheet(title).left("").left("");
    }

    /**
     * Adds a column of texts.
     *
     * @param column its header
     * @return this table
     */
    public Sheet left(String column) {
        columns.add(new Column(column, false));
        return this;
    }

    /**
     * Adds a column of numbers.
     *
     * @param column its header
     * @return this table
     */
    public Sheet right(String column) {
        columns.add(new Column(column, true));
        return this;
    }

    /**
     * Adds a row.
     *
     * @param cells a text for each column
     * @return this table
     */
    public Sheet row(String... cells) {
        return row(List.of(cells));
    }

    Sheet row(List<String> cells) {
        rows.add(new Row(cells, false));
        return this;
    }

    Sheet total(String... cells) {
        rows.add(new Row(List.of(cells), true));
        return this;
    }

    /** Whether a table shows the row of this index; before the first of the last rows a long one says how many are between. */
    boolean shows(int index, int rows) {
        if (rows > MAX_ROWS && index == rows - LAST_ROWS) {
            across(Values.format("… %,d more", rows - MAX_ROWS));
        }
        return rows <= MAX_ROWS || index < MAX_ROWS - LAST_ROWS || index >= rows - LAST_ROWS;
    }

    /**
     * Adds a remark across all columns.
     *
     * @param text the remark
     * @return this table
     */
    public Sheet across(String text) {
        return row(text);
    }

    private boolean isAcross(List<String> cells) {
        return cells.size() == 1 && columns.size() > 1;
    }

    /**
     * Adds a line below the table.
     *
     * @param text the line
     * @return this table
     */
    public Sheet note(String text) {
        notes.add(text);
        return this;
    }

    /**
     * Makes the view.
     *
     * @return the table as HTML and as text
     */
    public Html html() {
        return new Html(asHtml(), asText());
    }

    private boolean hasHeader() {
        return columns.stream().anyMatch(column -> !column.name.isEmpty());
    }

    private String asHtml() {
        var html = new StringBuilder("<table>");
        if (!title.isEmpty() || hasHeader()) {
            html.append("<thead>");
            if (!title.isEmpty()) {
                html.append("<tr><th colspan=\"").append(columns.size()).append("\" style=\"text-align: left\">");
                html.append(HtmlText.escape(title)).append("</th></tr>");
            }
            if (hasHeader()) {
                html.append("<tr>");
                columns.forEach(column -> cell(html, "th", column, column.name, ""));
                html.append("</tr>");
            }
            html.append("</thead>");
        }
        html.append("<tbody>");
        rows.forEach(row -> row(html, row));
        html.append("</tbody></table>");
        notes.forEach(note -> html.append("<div style=\"")
                .append(MUTED)
                .append("\">")
                .append(HtmlText.escape(note))
                .append("</div>"));
        return html.toString();
    }

    private void row(StringBuilder html, Row row) {
        if (isAcross(row.cells)) {
            html.append("<tr><td colspan=\"").append(columns.size());
            html.append("\" style=\"text-align: center; ").append(MUTED).append("\">");
            html.append(HtmlText.escape(row.cells.get(0))).append("</td></tr>");
            return;
        }
        html.append("<tr>");
        for (int i = 0; i < row.cells.size(); i++) {
            cell(html, "td", columns.get(i), row.cells.get(i), row.bold ? "; font-weight: bold" : "");
        }
        html.append("</tr>");
    }

    private static void cell(StringBuilder html, String tag, Column column, String text, String style) {
        html.append('<').append(tag).append(" style=\"text-align: ").append(column.right ? "right" : "left");
        html.append(style).append("\">");
        html.append(HtmlText.escape(text).lines().collect(Collectors.joining("<br>")));
        html.append("</").append(tag).append('>');
    }

    private String asText() {
        List<String> lines = new ArrayList<>();
        if (!title.isEmpty()) {
            lines.add(title);
        }
        String indent = title.isEmpty() ? "" : "  ";
        List<List<String>> table = new ArrayList<>();
        if (hasHeader()) {
            table.add(columns.stream().map(Column::name).toList());
        }
        rows.forEach(row -> table.add(row.cells.stream().map(Sheet::textCell).toList()));
        int[] widths = widths(table);
        table.forEach(cells -> lines.add((indent + textRow(cells, widths)).stripTrailing()));
        lines.addAll(notes);
        return String.join("\n", lines);
    }

    private static String textCell(String text) {
        return Abridged.cut(text.replaceAll("\\s*\\R\\s*", " "), MAX_TEXT_CELL);
    }

    private int[] widths(List<List<String>> table) {
        int[] widths = new int[columns.size()];
        for (List<String> cells : table) {
            for (int i = 0; i < cells.size() && !isAcross(cells); i++) {
                widths[i] = Math.max(widths[i], cells.get(i).length());
            }
        }
        return widths;
    }

    private String textRow(List<String> cells, int[] widths) {
        if (isAcross(cells)) {
            return cells.get(0);
        }
        var line = new StringBuilder();
        for (int i = 0; i < cells.size(); i++) {
            String padding = " ".repeat(widths[i] - cells.get(i).length());
            line.append(i == 0 ? "" : "  ");
            line.append(columns.get(i).right ? padding + cells.get(i) : cells.get(i) + padding);
        }
        return line.toString();
    }
}
