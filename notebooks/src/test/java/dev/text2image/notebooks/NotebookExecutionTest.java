package dev.text2image.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.text2image.notebooks.Notebook.Cell;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Executes every notebook by the real kernel, with the smallest settings and out of place. */
class NotebookExecutionTest {
    @BeforeEach
    void needsAKernel() {
        VirtualEnvironment.assumePresent();
    }

    static java.util.List<Path> notebooks() throws IOException {
        return Notebook.all();
    }

    @ParameterizedTest
    @MethodSource("notebooks")
    void everyCellRuns(Path file) throws Exception {
        String name = file.toString().replace(".ipynb", "");
        var finished = VirtualEnvironment.run(
                name, "notebooks/execute.py", "--out", "notebooks/target/executed", "--timeout", "900", name);
        assertThat(finished.exitCode()).as(finished.output()).isZero();
        assertThat(Notebook.read(Path.of("target", "executed", file.toString())).cells().stream()
                        .filter(Cell::isCode)
                        .flatMap(cell -> cell.outputs().stream()))
                .as("outputs, among them no warnings on stderr")
                .isNotEmpty()
                .noneMatch(output ->
                        output.has("name") && output.get("name").getAsString().equals("stderr"));
    }
}
