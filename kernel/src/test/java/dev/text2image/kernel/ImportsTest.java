package dev.text2image.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ImportsTest {
    @Test
    void onlyWhatExistsIsImported() {
        assertThat(Imports.exists("dev.text2image.progress.*")).isTrue();
        assertThat(Imports.exists("dev.text2image.plots.LiveChart")).isTrue();
        assertThat(Imports.exists("static dev.text2image.notebook.Notebook.*")).isTrue();
        assertThat(Imports.exists("static dev.text2image.notebook.Nobody.*")).isFalse();
        assertThat(Imports.exists("java.util.stream.*")).isTrue();
        assertThat(Imports.exists("dev.text2image.nowhere.*")).isFalse();
        assertThat(Imports.exists("dev.text2image.Nobody")).isFalse();
    }

    @Test
    void theLibrariesOfTheNotebooksAreImported() {
        List<String> available = Imports.available();
        assertThat(available)
                .contains(
                        "ai.djl.Device",
                        "ai.djl.engine.Engine",
                        "ai.djl.ndarray.*",
                        "ai.djl.ndarray.index.NDIndex",
                        "ai.djl.ndarray.types.*",
                        "tech.tablesaw.api.*",
                        "org.knowm.xchart.XYChart",
                        "dev.text2image.plots.*",
                        "static dev.text2image.notebook.Notebook.*",
                        "dev.text2image.progress.*");
        assertThat(available).isEqualTo(Imports.listed()).doesNotHaveDuplicates();
    }
}
