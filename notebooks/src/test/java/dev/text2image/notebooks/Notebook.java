package dev.text2image.notebooks;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** A notebook file. */
record Notebook(Path file, JsonObject json) {
    /**
     * A cell.
     *
     * @param kind {@code "code"} or {@code "markdown"}
     * @param source its text
     * @param executionCount as how many it ran, 0 if it did not
     * @param outputs what it showed
     */
    record Cell(String kind, String source, int executionCount, List<JsonObject> outputs) {
        boolean isCode() {
            return kind.equals("code");
        }

        /** Whether there are methods and nothing else, so that there is nothing to show. */
        boolean onlyDefinesMethods() {
            return source.lines()
                    .filter(line -> !line.isBlank() && !line.startsWith(" "))
                    .allMatch(line -> line.equals("}") || line.endsWith(") {"));
        }

        long lines() {
            return source.lines().filter(line -> !line.isBlank()).count();
        }
    }

    /** The notebooks of the project, in their order. */
    static List<Path> all() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(""))) {
            return files.filter(file -> file.toString().endsWith(".ipynb"))
                    .sorted()
                    .toList();
        }
    }

    static Notebook read(Path file) throws IOException {
        return new Notebook(file, JsonParser.parseString(Files.readString(file)).getAsJsonObject());
    }

    List<Cell> cells() {
        return objects(json.getAsJsonArray("cells")).map(Notebook::cell).toList();
    }

    List<Cell> code() {
        return cells().stream().filter(Cell::isCode).toList();
    }

    List<Cell> prose() {
        return cells().stream().filter(cell -> !cell.isCode()).toList();
    }

    private static Cell cell(JsonObject cell) {
        JsonElement source = cell.get("source");
        String text = source.isJsonArray()
                ? String.join(
                        "",
                        source.getAsJsonArray().asList().stream()
                                .map(JsonElement::getAsString)
                                .toList())
                : source.getAsString();
        List<JsonObject> outputs =
                cell.has("outputs") ? objects(cell.getAsJsonArray("outputs")).toList() : List.of();
        JsonElement count = cell.get("execution_count");
        int executionCount = count == null || count.isJsonNull() ? 0 : count.getAsInt();
        return new Cell(cell.get("cell_type").getAsString(), text, executionCount, outputs);
    }

    private static Stream<JsonObject> objects(JsonArray array) {
        return StreamSupport.stream(array.spliterator(), false).map(JsonElement::getAsJsonObject);
    }

    @Override
    public String toString() {
        return file.getFileName().toString().replace(".ipynb", "");
    }
}
