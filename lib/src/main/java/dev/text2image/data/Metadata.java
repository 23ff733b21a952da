package dev.text2image.data;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.univocity.parsers.common.TextParsingException;
import com.univocity.parsers.csv.CsvParser;
import com.univocity.parsers.csv.CsvParserSettings;
import dev.text2image.io.InvalidInputException;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a {@code metadata.csv} or {@code metadata.jsonl} file. A value is a string, a list of strings and others, or any other
 * object as a stand-in for what is neither.
 *
 * @param file the metadata file
 * @param columns the columns in the order in which they appear
 * @param rows the rows
 */
record Metadata(Path file, Set<String> columns, List<Row> rows) {
    /**
     * One row.
     *
     * @param line its number in the file, from 1
     * @param values its values by column
     */
    record Row(long line, Map<String, Object> values) {}

    /** Reads a file of either kind. */
    static Metadata read(Path file) {
        String text = FolderScan.text(file);
        return file.toString().endsWith(".csv") ? readCsv(file, text) : readJsonLines(file, text);
    }

    private static Metadata readCsv(Path file, String text) {
        List<Row> rows = new ArrayList<>();
        CsvParser parser = new CsvParser(csvSettings());
        try {
            parser.beginParsing(new StringReader(text));
            String[] header = parser.parseNext();
            if (header == null) {
                throw new InvalidInputException(file + " is empty; its first line must name the columns.");
            }
            for (String[] cells = parser.parseNext(); cells != null; cells = parser.parseNext()) {
                rows.add(csvRow(file, header, cells, parser.getContext().currentLine()));
            }
            return new Metadata(file, new LinkedHashSet<>(List.of(header)), rows);
        } catch (TextParsingException e) {
            throw new InvalidInputException(file + " is no valid CSV file: " + e.getMessage(), e);
        }
    }

    /** RFC 4180: commas, double quotes that are doubled inside of quotes, and line breaks inside of quotes. */
    private static CsvParserSettings csvSettings() {
        CsvParserSettings settings = new CsvParserSettings();
        settings.setLineSeparatorDetectionEnabled(true);
        settings.setReadInputOnSeparateThread(false);
        settings.setIgnoreLeadingWhitespaces(false);
        settings.setIgnoreTrailingWhitespaces(false);
        settings.setMaxCharsPerColumn(-1);
        settings.setMaxColumns(10_000);
        settings.setNullValue("");
        settings.setEmptyValue("");
        settings.getFormat().setComment('\0');
        return settings;
    }

    private static Row csvRow(Path file, String[] header, String[] cells, long line) {
        if (cells.length != header.length) {
            throw new InvalidInputException(
                    file + ", line " + line + " has " + cells.length + " values, but the first line names "
                            + header.length + " columns. Put a value that contains a comma in double quotes.");
        }
        Map<String, Object> values = new LinkedHashMap<>();
        for (int i = 0; i < header.length; i++) {
            values.put(header[i], cells[i]);
        }
        return new Row(line, values);
    }

    private static Metadata readJsonLines(Path file, String text) {
        Set<String> columns = new LinkedHashSet<>();
        List<Row> rows = new ArrayList<>();
        long line = 0;
        for (String json : text.lines().toList()) {
            line++;
            if (!json.isBlank()) {
                Row row = new Row(line, values(json, file + ", line " + line));
                columns.addAll(row.values().keySet());
                rows.add(row);
            }
        }
        return new Metadata(file, columns, rows);
    }

    private static Map<String, Object> values(String json, String where) {
        JsonElement element;
        try {
            element = JsonParser.parseString(json);
        } catch (JsonParseException e) {
            throw new InvalidInputException(
                    where
                            + " is no valid JSON; each line holds one object such as {\"file_name\": \"1.png\", \"text\": \"a cat\"}.",
                    e);
        }
        if (!(element instanceof JsonObject object)) {
            throw new InvalidInputException(
                    where + " is no object; write one such as {\"file_name\": \"1.png\", \"text\": \"a cat\"}.");
        }
        Map<String, Object> values = new LinkedHashMap<>();
        object.entrySet().forEach(entry -> values.put(entry.getKey(), value(entry.getValue())));
        return values;
    }

    private static Object value(JsonElement element) {
        if (element instanceof JsonArray array) {
            return array.asList().stream().map(Metadata::value).toList();
        }
        boolean string =
                element.isJsonPrimitive() && element.getAsJsonPrimitive().isString();
        return string ? element.getAsString() : element;
    }

    /** Returns the column that names the image files and belongs to an image column: file_name, or NAME_file_name. */
    static @Nullable String imageColumn(String column) {
        if (column.equals("file_name")) {
            return "image";
        }
        String suffix = "_file_name";
        return column.endsWith(suffix) ? column.substring(0, column.length() - suffix.length()) : null;
    }
}
