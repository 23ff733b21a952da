package dev.text2image.kernel.repl.cells;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SignaturesTest {
    @Test
    void packagesAreLeftOut() {
        assertThat(Signatures.shorten("java.util.stream.Stream<R> f(java.util.Map.Entry<K,V> e)"))
                .isEqualTo("Stream<R> f(Map.Entry<K,V> e)");
    }

    @Test
    void packagesStayWhereClassesOfTheSameNameMeet() {
        assertThat(Signatures.shorten("java.util.Date f(java.sql.Date d)"))
                .isEqualTo("java.util.Date f(java.sql.Date d)");
    }
}
