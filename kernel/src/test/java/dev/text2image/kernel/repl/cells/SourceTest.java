package dev.text2image.kernel.repl.cells;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SourceTest {
    private final Source source = Source.of("Cell In[1]", "int a;\n\n  int b;");

    @Test
    void placesAreCountedFromOne() {
        assertThat(source.place(0)).hasToString("Cell In[1], line 1");
        assertThat(source.place(6)).hasToString("Cell In[1], line 1");
        assertThat(source.placeOfNext(6)).hasToString("Cell In[1], line 3");
        assertThat(source.place(999)).hasToString("Cell In[1], line 3");
        assertThat(source.column(10)).isEqualTo(2);
    }

    @Test
    void codeInsideOfACellIsPlacedInTheCell() {
        var body = new Source("Cell In[2]", "int b;", List.of("%%time", "int b;"), 2);
        assertThat(body.place(0)).hasToString("Cell In[2], line 2");
        assertThat(body.isUnchanged(body.place(0))).isTrue();
    }

    @Test
    void aLineWithAMagicIsNotWhatJShellGot() {
        var resolved = new Source("Cell In[3]", "call();\nint b;", List.of("%magic", "int b;"), 1);
        assertThat(resolved.isUnchanged(resolved.place(0))).isFalse();
        assertThat(resolved.isUnchanged(resolved.place(9))).isTrue();
    }
}
