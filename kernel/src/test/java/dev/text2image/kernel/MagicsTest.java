package dev.text2image.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.training.config.TrainingConfig;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Map;
import org.dflib.jjava.jupyter.kernel.magic.MagicsRegistry;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.Table;

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

    @Test
    void memoryAndDeviceAreTables() {
        assertThat(MachineView.memory().text()).contains("Java heap", "machine");
        assertThat(MachineView.device().text())
                .containsPattern("device +(cpu|cuda)")
                .containsPattern("threads +\\d+ of")
                .contains("bf16", "libtorch 2.");
    }

    record Point(int x, int y) {}

    @Test
    void variablesHaveASizeAndAShortValue() {
        try (NDManager manager = NDManager.newBaseManager()) {
            var array = manager.zeros(new Shape(2, 3));
            assertThat(SessionVariables.size(array)).isEqualTo("(2, 3)");
            assertThat(SessionVariables.brief(array)).isEqualTo("float32 on cpu");
            array.close();
            assertThat(SessionVariables.size(array)).isEqualTo("closed");
            assertThat(SessionVariables.brief(array)).isEmpty();
        }
        var table = Table.create("t", IntColumn.create("step", 1, 2), IntColumn.create("loss", 1, 2));
        assertThat(SessionVariables.size(table)).isEqualTo("2 x 2");
        assertThat(SessionVariables.brief(table)).isEqualTo("step, loss");
        assertThat(SessionVariables.size(new int[3][4])).isEqualTo("3");
        assertThat(SessionVariables.size(Map.of(1, 2))).isEqualTo("1");
        assertThat(SessionVariables.brief(List.of("a"))).isEqualTo("of String");
        assertThat(SessionVariables.size(new BufferedImage(4, 5, BufferedImage.TYPE_INT_RGB)))
                .isEqualTo("4 x 5");
        assertThat(SessionVariables.brief(new Object())).isEmpty();
        assertThat(SessionVariables.brief(TrainingConfig.builder().build())).isEmpty();
        assertThat(SessionVariables.brief(new Point(1, 2))).isEqualTo("Point[x=1, y=2]");
        assertThat(SessionVariables.brief("line\nline")).isEqualTo("line line");
        assertThat(SessionVariables.shown(() -> {
                    throw new IllegalStateException("no");
                }))
                .isEqualTo("(IllegalStateException)");
        assertThat(SessionVariables.size(null) + SessionVariables.brief(null)).isEqualTo("null");
    }
}
