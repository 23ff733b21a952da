package dev.text2image.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.text2image.plots.Charts;
import dev.text2image.plots.Line;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;
import org.dflib.jjava.jupyter.kernel.display.Renderer;
import org.dflib.jjava.jupyter.kernel.display.mime.MIMEType;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

class RenderersTest {
    private final Renderer renderer = new Renderer();

    RenderersTest() {
        Renderers.register(renderer);
    }

    @Test
    void anArrayShowsWhatItIsAndItsFirstValues() {
        try (NDManager manager = NDManager.newBaseManager()) {
            assertThat(text(manager.arange(12f).reshape(3, 4)))
                    .isEqualTo("NDArray (3, 4) float32 on cpu\n[0, 1, 2, 3, …]  min 0, mean 5.5, max 11");
            assertThat(text(manager.create(new int[] {1, 2}))).isEqualTo("NDArray (2) int32 on cpu\n[1, 2]");
            assertThat(text(manager.create(0.1f))).isEqualTo("NDArray () float32 on cpu\n0.1");
            assertThat(text(manager.zeros(new Shape(0, 2)))).isEqualTo("NDArray (0, 2) float32 on cpu\n[]");
            assertThat(text(manager.create(new boolean[] {true}))).endsWith("[true]");
            assertThat(text(manager.ones(new Shape(1, 1, 2)).toType(DataType.FLOAT16, false)))
                    .isEqualTo("NDArray (1, 1, 2) float16 on cpu\n[1, 1]  min 1, mean 1, max 1");
        }
    }

    @Test
    void showingAnArrayLeavesNoArraysBehind() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray array = manager.randomNormal(new Shape(4, 20));
            int before = manager.getManagedArrays().size();
            render(array);
            assertThat(manager.getManagedArrays()).hasSize(before);
        }
    }

    @Test
    void aClosedArrayIsSaidToBeClosed() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray array = manager.ones(new Shape(2));
            array.close();
            assertThat(text(array)).isEqualTo("NDArray, closed");
        }
    }

    @Test
    void aLongTableShowsItsEnds() {
        Table table = Table.create(
                DoubleColumn.create(
                        "loss",
                        IntStream.range(0, 100).mapToDouble(i -> i / 3.0).toArray()),
                StringColumn.create(
                        "caption",
                        IntStream.range(0, 100).mapToObj(i -> "<" + i + ">").toList()));
        String html = html(table);
        assertThat(html).contains("&lt;0&gt;", "0.33333", "⋮", "&lt;99&gt;", "100 rows, 2 columns");
        assertThat(html).doesNotContain("&lt;50&gt;", "<50>");
        assertThat(html.split("<tr>", -1)).hasSize(1 + 1 + 20 + 1);
        assertThat(text(table)).contains("100 rows, 2 columns");
    }

    @SuppressWarnings("ArrayRecordComponent") // Arrays in records are shown too.
    record Config(String name, double learningRate, long[] sizes, List<String> targets) {}

    @Test
    void aRecordShowsItsComponents() {
        var config = new Config("a<b", 1e-5, new long[] {1, 2}, List.of("q", "v"));
        assertThat(text(config))
                .isEqualTo("Config\n  name = a<b\n  learningRate = 1.0E-5\n  sizes = [1, 2]\n  targets = [q, v]");
        assertThat(html(config)).contains("a&lt;b").doesNotContain("a<b");
    }

    @Test
    void aChartIsAnImageOfTwiceItsSize() throws IOException {
        DisplayData data = render(Charts.lines("Loss", "step", "loss", Line.of("a", 1, 2)));
        BufferedImage image = image(data);
        assertThat(image.getWidth()).isEqualTo(2 * Charts.WIDTH);
        assertThat(data.getData(MIMEType.TEXT_PLAIN)).isEqualTo("chart: Loss");
    }

    @Test
    void anImageKeepsItsPixels() throws IOException {
        var image = new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB);
        image.setRGB(2, 1, 0x123456);
        DisplayData data = render(image);
        assertThat(image(data).getRGB(2, 1)).isEqualTo(0xff123456);
        assertThat(data.getData(MIMEType.TEXT_PLAIN)).isEqualTo("image 3 x 2");
    }

    @Test
    void longValuesAreCut() {
        assertThat(Values.text("x".repeat(500))).hasSize(160).endsWith("…");
        assertThat(Values.text(new int[1000])).endsWith("… 1000 in all]");
        assertThat(Values.text(null)).isEqualTo("null");
        assertThat(Values.number(1234567.891)).isEqualTo("1234600");
        assertThat(Values.number(Double.NaN)).isEqualTo("NaN");
    }

    private DisplayData render(Object value) {
        return renderer.render(value);
    }

    private String text(Object value) {
        return (String) render(value).getData(MIMEType.TEXT_PLAIN);
    }

    private String html(Object value) {
        return (String) render(value).getData(MIMEType.TEXT_HTML);
    }

    private static BufferedImage image(DisplayData data) throws IOException {
        String base64 = (String) data.getData(MIMEType.IMAGE_PNG);
        return ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(base64)));
    }
}
