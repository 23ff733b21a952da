package dev.text2image.kernel.repl.errors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StackTest {
    @ParameterizedTest
    @CsvSource({
        "'', do_it$, ''",
        "'', do_it$Aux, ''",
        "'', f, f",
        "'', lambda$do_it$$0, a lambda",
        "'', lambda$f$1, a lambda of f",
        "Config, <init>, new Config",
        "Config, lambda$check$0, a lambda of Config.check",
        "Outer$Inner, check, Outer.Inner.check",
        "1, toString, toString of an anonymous class",
    })
    void methodsAreNamedAsTheUserWroteThem(String type, String method, String expected) {
        assertThat(Stack.context(type, method)).isEqualTo(expected);
    }

    @Test
    void longRunsOfFramesKeepBothEnds() {
        List<Stack.Part> parts = java.util.stream.IntStream.range(0, 9)
                .<Stack.Part>mapToObj(i -> new Stack.Other(new StackTraceElement("lib.C", "m" + i, "C.java", i)))
                .toList();
        assertThat(StackText.of(parts).stream().map(StackTest::withoutColour))
                .containsExactly(
                        "  at lib.C.m0(C.java:0)", "  at lib.C.m1(C.java:1)", "  … 6 more", "  at lib.C.m8(C.java:8)");
    }

    private static String withoutColour(String text) {
        return text.replaceAll("\u001b\\[[;\\d]*m", "");
    }
}
