package dev.text2image.kernel.magics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.dflib.jjava.jupyter.kernel.magic.MagicsRegistry;
import org.junit.jupiter.api.Test;

class MagicsTest {
    @Test
    void theMagicsAreRegistered() {
        var registry = new MagicsRegistry();
        Magics.register(registry);
        assertThat(registry.getLineMagicNames())
                .containsExactlyInAnyOrder("help", "env", "who", "memory", "device", "shell", "bash", "sh");
        assertThat(registry.getCellMagicNames()).containsExactlyInAnyOrder("html", "shell", "bash", "sh");
        assertThat(Help.show().text()).contains("%env NAME=VALUE", "progress(items", "sideBySide(");
    }

    @Test
    void aCommandIsNeeded() {
        assertThatThrownBy(() -> Shell.run(" ")).hasMessageContaining("no command");
    }

    @Test
    void theEnvironmentIsListedWithoutSecrets() throws Exception {
        assertThat(Environment.run(List.of()).text()).contains("PATH");
        assertThat(Environment.run(List.of("NO_SUCH_NAME")).text()).isEqualTo("NO_SUCH_NAME  (not set)");
        assertThatThrownBy(() -> Environment.run(List.of("a", "b=c"))).hasMessageContaining("no name of a variable");
    }

    @Test
    void whatIsSetIsSeenByJavaChildrenAndLibraries() throws Exception {
        assertThat(Environment.run(List.of("TEXT2IMAGE_TEST=a", "b")).text()).startsWith("TEXT2IMAGE_TEST  a b");
        assertThat(System.getenv("TEXT2IMAGE_TEST")).isEqualTo("a b");
        assertThat(Environment.run(List.of("TEXT2IMAGE_TEST")).text()).isEqualTo("TEXT2IMAGE_TEST  a b");
        var getenv = com.sun.jna.NativeLibrary.getProcess().getFunction("getenv");
        assertThat(getenv.invokeString(new Object[] {"TEXT2IMAGE_TEST"}, false)).isEqualTo("a b");
        Process child = new ProcessBuilder("sh", "-c", "echo $TEXT2IMAGE_TEST").start();
        assertThat(new String(child.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
                .isEqualTo("a b\n");
        Environment.run(List.of("TEST_API_TOKEN", "hush"));
        assertThat(Environment.run(List.of()).text()).contains("TEST_API_TOKEN").doesNotContain("hush");
        assertThat(Environment.run(List.of("OMP_NUM_THREADS=2")).text()).contains("keeps the old value");
    }
}
