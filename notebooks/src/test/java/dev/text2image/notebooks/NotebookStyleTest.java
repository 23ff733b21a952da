package dev.text2image.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.text2image.notebooks.Notebook.Cell;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NotebookStyleTest {
    private static final int MAX_CELL_LINES = 25;
    private static final int MAX_CELLS = 45;
    private static final long MAX_BYTES = 1_500_000;
    private static final Pattern ABSOLUTE_PATH = Pattern.compile("\"(/(home|root|tmp|Users|work|opt|mnt)/|[A-Z]:\\\\)");

    static Stream<Notebook> notebooks() throws IOException {
        List<Notebook> notebooks = new ArrayList<>();
        for (var file : Notebook.all()) {
            notebooks.add(Notebook.read(file));
        }
        return notebooks.stream();
    }

    @ParameterizedTest
    @MethodSource("notebooks")
    void aNotebookOpensWithATitleAndWhatItIsAbout(Notebook notebook) {
        Cell first = notebook.cells().get(0);
        assertThat(first.kind()).isEqualTo("markdown");
        assertThat(first.source()).startsWith("# ");
        assertThat(first.lines()).as("lines of the title cell").isGreaterThan(1);
    }

    @ParameterizedTest
    @MethodSource("notebooks")
    void aNotebookNamesTheProjectsKernel(Notebook notebook) {
        var kernel = notebook.json().getAsJsonObject("metadata").getAsJsonObject("kernelspec");
        assertThat(kernel.get("name").getAsString()).isEqualTo("text2image");
    }

    @ParameterizedTest
    @MethodSource("notebooks")
    void cellsAreShortAndFew(Notebook notebook) {
        assertThat(notebook.cells()).hasSizeLessThanOrEqualTo(MAX_CELLS);
        assertThat(notebook.cells().stream().filter(Cell::isCode))
                .allSatisfy(cell -> assertThat(cell.lines()).as(cell.source()).isBetween(1L, (long) MAX_CELL_LINES));
    }

    @ParameterizedTest
    @MethodSource("notebooks")
    void proseLeadsToCode(Notebook notebook) {
        List<Cell> cells = notebook.cells();
        long prose = cells.stream().filter(cell -> !cell.isCode()).count();
        assertThat((double) prose / cells.size()).as("share of prose cells").isGreaterThanOrEqualTo(0.45);
        assertThat(cells.stream().filter(cell -> cell.source().startsWith("## ")))
                .allSatisfy(cell -> assertThat(cell.lines()).as(cell.source()).isGreaterThan(1));
    }

    @ParameterizedTest
    @MethodSource("notebooks")
    void cellsNameNoPlaceOnOneMachine(Notebook notebook) {
        assertThat(notebook.cells())
                .allSatisfy(
                        cell -> assertThat(ABSOLUTE_PATH.matcher(cell.source()).find())
                                .as(cell.source())
                                .isFalse());
    }

    @ParameterizedTest
    @MethodSource("notebooks")
    void savedOutputsAreSmallAndClean(Notebook notebook) throws IOException {
        assertThat(Files.size(notebook.file())).isLessThan(MAX_BYTES);
        assertThat(notebook.cells().stream().flatMap(cell -> cell.outputs().stream()))
                .allSatisfy(output -> {
                    assertThat(output.get("output_type").getAsString()).isNotEqualTo("error");
                    assertThat(output.has("name")
                                    && output.get("name").getAsString().equals("stderr"))
                            .as(output.toString())
                            .isFalse();
                });
    }
}
