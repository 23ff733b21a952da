package dev.text2image.kernel.views;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.training.config.TrainingConfig;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.Table;

class SessionVariablesTest {
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
