package dev.text2image.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.text2image.notebooks.Notebook.Cell;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The committed outputs: there, of the present code, and readable where no JavaScript runs. */
class SavedOutputsTest {
    private static final long MAX_BYTES = 550_000;

    static Stream<Notebook> notebooks() throws IOException {
        return NotebookStyleTest.notebooks();
    }

    @Test
    void theyAreOfThePresentCodeDataAndModels() throws Exception {
        VirtualEnvironment.assumePresent();
        var finished = VirtualEnvironment.run("stale-outputs", "notebooks/execute.py", "--check");
        assertThat(finished.exitCode()).as(finished.output()).isZero();
    }

    @ParameterizedTest
    @MethodSource("notebooks")
    void everyCellRanOnceInOrderAndAllButTheLastShowSomething(Notebook notebook) {
        List<Cell> code = notebook.code();
        assertThat(code.stream().map(Cell::executionCount).toList())
                .isEqualTo(IntStream.rangeClosed(1, code.size()).boxed().toList());
        assertThat(code.subList(0, code.size() - 1))
                .allSatisfy(cell -> assertThat(cell.outputs().isEmpty() && !cell.onlyDefinesMethods())
                        .as("shows nothing:\n" + cell.source())
                        .isFalse());
    }

    @ParameterizedTest
    @MethodSource("notebooks")
    void theyAreSmallAndClean(Notebook notebook) throws IOException {
        assertThat(Files.size(notebook.file())).isLessThan(MAX_BYTES);
        assertThat(notebook.code().stream().flatMap(cell -> cell.outputs().stream()))
                .allSatisfy(output ->
                        assertThat(output.get("output_type").getAsString()).isNotEqualTo("error"))
                .noneMatch(output ->
                        output.has("name") && output.get("name").getAsString().equals("stderr"))
                .noneMatch(SavedOutputsTest::needsJavaScript);
    }

    private static boolean needsJavaScript(JsonObject output) {
        JsonObject data = output.has("data") ? output.getAsJsonObject("data") : new JsonObject();
        boolean plain = data.size() == 0 || data.has("text/plain") || data.has("image/png");
        return !plain || data.toString().contains("<script") || data.has("application/javascript");
    }
}
