package dev.text2image.kernel.docs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class JavadocTest {
    @Test
    void inlineTagsAreRendered() {
        Javadoc javadoc = Javadoc.of(
                "See {@code a < b}, {@link java.util.List#of(Object) the list}, {@link java.nio.file.Path#of}"
                        + " and {@literal <x>}.");
        assertThat(javadoc.text()).isEqualTo("See a < b, the list, Path.of and <x>.");
        assertThat(javadoc.html())
                .isEqualTo("<p>See <code>a &lt; b</code>, the list, <code>Path.of</code> and &lt;x&gt;.</p>");
    }

    @Test
    void blockTagsAreSections() {
        Javadoc javadoc = Javadoc.of("""
                Opens it.

                @param <T> a type
                @param path the {@code path}
                @return what was opened
                @throws java.io.IOException if it fails
                @since 17
                """);
        assertThat(javadoc.text()).isEqualTo("""
                        Opens it.

                        Parameters
                          • <T> – a type
                          • path – the path

                        Returns
                          • what was opened

                        Throws
                          • IOException – if it fails

                        Since
                          • 17""");
        assertThat(javadoc.html()).contains("<li><code>&lt;T&gt;</code> – a type</li>");
    }

    @Test
    void examplesKeepTheirLines() {
        assertThat(Javadoc.of(" As in:\n <pre>{@code\n int a = 1;\n   int b = 2;\n }</pre>\n and so on.")
                        .text())
                .isEqualTo("As in:\n\nint a = 1;\n  int b = 2;\n\nand so on.");
        assertThat(Javadoc.of("As in:\n<pre>{@code\nint a = 1;\n  int b = 2;\n}</pre>\nand so on.")
                        .text())
                .isEqualTo("As in:\n\nint a = 1;\n  int b = 2;\n\nand so on.");
    }

    @Test
    void htmlKeepsItsElementsAndLosesItsAttributes() {
        Javadoc javadoc = Javadoc.of(
                "One<ul class=\"x\"><li>a</li><li>b</li></ul><a href=\"http://x\" onclick=\"y()\">link</a><script>z</script>");
        assertThat(javadoc.html()).contains("<ul><li>a</li>").doesNotContain("script", "onclick", "href");
        assertThat(javadoc.text()).contains("  • a\n  • b");
    }

    @Test
    void aCommentThatIsNoJavadocStaysReadable() {
        assertThat(Javadoc.of("{@link broken").text()).contains("broken");
        assertThat(Javadoc.of("").text()).isEmpty();
    }
}
