package dev.text2image.kernel.repl.errors;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CompilerMessageTest {
    @Test
    void theMissingSymbolIsPartOfTheSentence() {
        assertThat(CompilerMessage.of("cannot find symbol\n  symbol:   variable x\n  location: class "))
                .isEqualTo(CompilerMessage.of("cannot find symbol: variable x"));
        assertThat(CompilerMessage.of("cannot find symbol\n  symbol: method f()\n  location: class java.lang.String")
                        .text())
                .isEqualTo("cannot find symbol: method f() in class String");
    }

    @Test
    void detailsKeepTheirLines() {
        CompilerMessage message = CompilerMessage.of(
                "method f in class T cannot be applied to given types;\n  required: int\n  found: no");
        assertThat(message.text()).isEqualTo("method f in class T cannot be applied to given types");
        assertThat(message.details()).containsExactly("required: int", "found: no");
    }

    @Test
    void packagesStayWhereClassesOfTheSameNameMeet() {
        assertThat(CompilerMessage.of("incompatible types: java.util.Date cannot be converted to java.sql.Date")
                        .text())
                .contains("java.util.Date", "java.sql.Date");
    }
}
