package dev.text2image.kernel.repl.cells;

import static org.assertj.core.api.Assertions.assertThat;

import dev.text2image.kernel.repl.cells.Brackets.Open;
import org.junit.jupiter.api.Test;

class BracketsTest {
    @Test
    void theInnermostOpenBracketIsFound() {
        assertThat(Brackets.lastOpen("f(a, {1}", 0)).isEqualTo(new Open('(', 1));
        assertThat(Brackets.lastOpen("if (x) {\n  for (;;) {\n}", 0)).isEqualTo(new Open('{', 7));
        assertThat(Brackets.lastOpen("f(1); g(", 5)).isEqualTo(new Open('(', 7));
        assertThat(Brackets.lastOpen("f(1)", 0)).isNull();
    }

    @Test
    void whatOnlyLooksLikeABracketIsPassedOver() {
        assertThat(Brackets.lastOpen("s = \"(\\\"(\" + '(' + '\\''; // (\n/* ( */", 0))
                .isNull();
        assertThat(Brackets.lastOpen("s = \"\"\"\n ( \" ( \"\"\";", 0)).isNull();
        assertThat(Brackets.lastOpen("/* never closed (", 0)).isNull();
    }
}
