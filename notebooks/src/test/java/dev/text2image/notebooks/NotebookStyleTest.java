package dev.text2image.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.text2image.notebooks.Notebook.Cell;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What makes a notebook readable, as far as it can be counted. */
class NotebookStyleTest {
    private static final int MAX_CELLS = 45;
    private static final int MAX_LINES = 120;
    private static final int MAX_CELL_LINES = 25;
    private static final int MEDIAN_CELL_LINES = 6;
    private static final double MIN_PROSE = 0.45;
    private static final Pattern ABSOLUTE_PATH = Pattern.compile("\"(/(home|root|tmp|Users|work|opt|mnt)/|[A-Z]:\\\\)");
    private static final Pattern BARE_HEADING = Pattern.compile("(?m)^## .+\\s*(?=^## |\\z)");
    private static final Pattern PLOT = Pattern.compile("(?m)^(Charts\\.|grid\\(|sideBySide\\()");

    static Stream<Notebook> notebooks() throws IOException {
        List<Notebook> notebooks = new ArrayList<>();
        for (var file : Notebook.all()) {
            notebooks.add(Notebook.read(file));
        }
        return notebooks.stream();
    }

    @ParameterizedTest
    @MethodSource("notebooks")
    void aNotebookOpensWithItsQuestionAndEndsWithSummaryAndExercises(Notebook notebook) {
        Cell first = notebook.cells().get(0);
        assertThat(first.isCode()).isFalse();
        assertThat(first.source()).matches("(?s)# [^\n]+\\?\n\n.+");
        List<Cell> prose = notebook.prose();
        assertThat(prose.get(prose.size() - 1).source())
                .containsPattern("(?s)(^|\n)## Summary\n\n.+\n\\*\\*Exercises\\*\\*\n\n1\\. .+\n2\\. .+\n3\\. ");
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
        List<Cell> code = notebook.code();
        List<Long> lines = code.stream().map(Cell::lines).sorted().toList();
        assertThat(notebook.cells()).hasSizeLessThanOrEqualTo(MAX_CELLS);
        assertThat(code)
                .allSatisfy(cell -> assertThat(cell.lines()).as(cell.source()).isBetween(1L, (long) MAX_CELL_LINES));
        assertThat(lines.get(lines.size() / 2))
                .as("median lines of a code cell")
                .isLessThanOrEqualTo(MEDIAN_CELL_LINES);
        assertThat(lines.stream().mapToLong(Long::longValue).sum())
                .as("lines of code")
                .isLessThanOrEqualTo(MAX_LINES);
    }

    @ParameterizedTest
    @MethodSource("notebooks")
    void proseLeadsToCode(Notebook notebook) {
        double prose = notebook.prose().size();
        assertThat(prose / notebook.cells().size()).as("share of prose cells").isGreaterThanOrEqualTo(MIN_PROSE);
        assertThat(notebook.prose().stream().map(Cell::source))
                .noneMatch(text -> BARE_HEADING.matcher(text).find());
    }

    @ParameterizedTest
    @MethodSource("notebooks")
    void whatMayBeChangedStandsInOneRecordThatIsShown(Notebook notebook) {
        List<Cell> cells = notebook.cells();
        int heading = cells.indexOf(notebook.prose().stream()
                .filter(cell -> cell.source().startsWith("## Settings\n"))
                .findFirst()
                .orElseThrow());
        assertThat(cells.get(heading + 1)).isEqualTo(notebook.code().get(0));
        assertThat(notebook.code().get(0).source())
                .containsPattern("record Settings\\(|TrainingConfig\\.builder\\(\\)")
                .matches("(?s).*\n(settings|config)");
    }

    @ParameterizedTest
    @MethodSource("notebooks")
    void aPictureIsTheValueOfItsCell(Notebook notebook) {
        assertThat(notebook.code()).allSatisfy(cell -> {
            var plot = PLOT.matcher(cell.source());
            if (plot.find()) {
                assertThat(cell.source().substring(plot.start()).lines().skip(1))
                        .as(cell.source())
                        .allMatch(line -> line.isBlank() || line.startsWith(" "));
            }
        });
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
}
