package dev.text2image.evaluation;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Locale;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * What models draw for captions that a fine-tuning saw and for others; a base model and what it became stand beside each other.
 *
 * @param rows the figures, those of one kind of captions together
 */
public record FineTuningReport(List<Row> rows) {
    /** Copies the list. */
    public FineTuningReport {
        rows = List.copyOf(rows);
    }

    /**
     * The samples of one model for one kind of captions.
     *
     * @param captions which captions
     * @param model how the model is called
     * @param samples how many samples
     * @param names the share of the samples whose nearest picture has the caption that was asked for
     * @param distance from a sample to the nearest picture, on average, on the scale from 0 to 255
     * @param style the share of the samples that have the new style
     */
    public record Row(String captions, String model, int samples, double names, double distance, double style) {}

    /**
     * Finds the figures of a model.
     *
     * @param captions which captions, one of {@link FineTuningEvaluation}'s constants
     * @param model how the model is called
     * @return the row
     * @throws IllegalArgumentException if there is none
     */
    public Row row(String captions, String model) {
        return rows.stream()
                .filter(row -> row.captions().equals(captions) && row.model().equals(model))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "There is no row '" + captions + "' of '" + model + "'; the table shows which there are."));
    }

    /**
     * Returns the figures as a table.
     *
     * @return one row for each kind of captions and model; names and style in percent
     */
    public Table table() {
        return Table.create(
                "what is drawn",
                StringColumn.create("captions", rows.stream().map(Row::captions)),
                StringColumn.create("model", rows.stream().map(Row::model)),
                IntColumn.create("samples", rows.stream().mapToInt(Row::samples).toArray()),
                DoubleColumn.create("names, %", rows.stream().mapToDouble(row -> percent(row.names()))),
                DoubleColumn.create("distance", rows.stream().mapToDouble(row -> tenths(row.distance()))),
                DoubleColumn.create("style, %", rows.stream().mapToDouble(row -> percent(row.style()))));
    }

    private static double percent(double share) {
        return tenths(100 * share);
    }

    private static double tenths(double value) {
        return Math.rint(10 * value) / 10;
    }

    /**
     * Returns the figures for programs.
     *
     * @return an object with a field for each component, in snake case
     */
    public JsonObject toJson() {
        return EvaluationReport.GSON.toJsonTree(this).getAsJsonObject();
    }

    /**
     * Returns the figures as a table for people.
     *
     * @return Markdown, ending with a line break
     */
    public String toMarkdown() {
        StringBuilder text = new StringBuilder("| captions | model | samples | names | distance | style |\n");
        text.append("|---|---|---:|---:|---:|---:|\n");
        for (Row row : rows) {
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %d | %.1f %% | %.1f | %.1f %% |%n",
                    row.captions(),
                    row.model(),
                    row.samples(),
                    percent(row.names()),
                    row.distance(),
                    percent(row.style())));
        }
        return text.toString();
    }
}
