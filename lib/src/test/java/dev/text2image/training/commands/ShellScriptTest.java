package dev.text2image.training.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.text2image.io.InvalidInputException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A shell's notation, against what bash makes of it. */
class ShellScriptTest {
    private static List<List<String>> commands(String text) {
        return ShellScript.read(text).commands();
    }

    private static List<String> words(String text) {
        assertThat(commands(text)).hasSize(1);
        return commands(text).get(0);
    }

    @Test
    void quotesAndEscapes() {
        assertThat(words("a 'b c' \"d e\"f'g h' '' \"\" i\\ j \\\"k"))
                .containsExactly("a", "b c", "d efg h", "", "", "i j", "\"k");
        assertThat(words("x \"say \\\"hi\\\" \\\\ \\n it's $\" 'a\\' \"one\\\ntwo\""))
                .containsExactly("x", "say \"hi\" \\ \\n it's $", "a\\", "onetwo");
        assertThat(words("x --f=\"a b\" '--g=c\nd'")).containsExactly("x", "--f=a b", "--g=c\nd");
    }

    @Test
    void linesAreContinuedByABackslash() {
        assertThat(words("a \\\n  b\\\nc \\\r\n d")).containsExactly("a", "bc", "d");
        assertThat(commands("a\nb c\n\n; d && e | f &"))
                .containsExactly(List.of("a"), List.of("b", "c"), List.of("d"), List.of("e"), List.of("f"));
    }

    @Test
    void slipsOfPastingAreForgiven() {
        assertThat(words("a \\  \n b \\ --c \\")).containsExactly("a", "b", "--c");
        assertThat(words("!a b\u00a0c")).containsExactly("a", "b", "c");
        assertThat(words("%%bash\n$ a b").subList(0, 2)).containsExactly("a", "b");
    }

    @Test
    void commentsAndRedirectionsAreNoWords() {
        assertThat(words("# first\na b#c # d 'e\n#f")).containsExactly("a", "b#c");
        assertThat(words("a > log.txt b 2>&1 c >> 'my log' < in")).containsExactly("a", "b", "c");
    }

    @Test
    void variables() {
        String text = "export A=\"x y\" B=$A/z\nC=1 a $A ${B}_ '$A' \"$A-$C\" $ $1 \\$A";
        assertThat(words(text)).containsExactly("a", "x y", "x y/z_", "$A", "x y-1", "$", "$1", "$A");
        assertThat(ShellScript.read(text).variables()).containsEntry("C", "1").containsEntry("B", "x y/z");
        assertThat(words("a b=c --d=$PATH")).containsExactly("a", "b=c", "--d=" + System.getenv("PATH"));
        assertThat(words("%env NAME=v\na $NAME")).containsExactly("a", "v");
        assertThat(words("a x$NOT_SET_ANYWHERE")).containsExactly("a", "x" + ShellScript.UNSET + "NOT_SET_ANYWHERE");
        assertThat(commands("export PATH\nA=1\n")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a 'b", "a \"b", "a \"b\\\"", "a \"b\\"})
    void openQuotesAreRefused(String text) {
        assertThatThrownBy(() -> commands(text))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageMatching("The command opens a ['\"] and does not close it.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a $(pwd)", "a \"${B:-c}\""})
    void computedValuesAreRefused(String text) {
        assertThatThrownBy(() -> commands(text))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("write the value");
    }
}
