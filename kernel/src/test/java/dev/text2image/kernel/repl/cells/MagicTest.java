package dev.text2image.kernel.repl.cells;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class MagicTest {
    @Test
    void wordsInQuotesAreOneArgument() {
        assertThat(Magic.ofLine("env NAME=\"a  b\" \"c \\\" d\" C:\\e").arguments())
                .containsExactly("NAME=a  b", "c \" d", "C:\\e");
        assertThat(Magic.ofLine("who ").arguments()).isEmpty();
    }

    @Test
    void whatIsCodeIsOneArgumentAsItStands() {
        assertThat(Magic.ofLine("time f(\"a  b\")").arguments()).containsExactly("f(\"a  b\")");
        assertThat(Magic.ofLine("shell ls  -l '*'").arguments()).containsExactly("ls  -l '*'");
    }

    @Test
    void aCellMagicHasABody() {
        Magic magic = Magic.ofCell("time -n 3\nint a = 1;\nint b = 2;");
        assertThat(magic.name()).isEqualTo("time");
        assertThat(magic.arguments()).containsExactly("-n", "3");
        assertThat(magic.body()).isEqualTo("int a = 1;\nint b = 2;");
        assertThat(Magic.ofCell("time").body()).isEmpty();
    }

    @Test
    void magicsAreNotFoundInStringsAndComments() {
        assertThat(MagicLines.in("\"\"\"\n%who\n\"\"\";\n/*\n%who\n*/ // x\n  %env A\n!ls 'a\nint b = 3\n % 2;"))
                .extracting(MagicLines.Found::text)
                .containsExactly("env A", "ls 'a");
    }

    @Test
    void magicsWithinStatementsBecomeCallsThatNoNameHides() {
        var magics = new CellMagics(() -> Set.of("env", "time"));
        assertThat(magics.resolve("var a = %env \"A\\B\"\nfor (;;) {\n  %time f()\n  %other\n}\n%env B"))
                .isEqualTo("var a = $Magic$.run(\"env \\\"A\\\\B\\\"\");\nfor (;;) {\n  $Magic$.run(\"time f()\");\n"
                        + "  %other\n}\n%env B");
        assertThat(magics.resolve("%%time\nvar a = %env A")).isEqualTo("%%time\nvar a = %env A");
    }
}
