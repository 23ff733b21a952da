package dev.text2image.kernel.views;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.text2image.models.CLIPTextModel;
import dev.text2image.models.ModelOptions;
import dev.text2image.models.networks.CLIPTextConfig;
import dev.text2image.pipelines.GeneratedImages;
import dev.text2image.plots.Charts;
import dev.text2image.plots.Line;
import dev.text2image.plots.LiveChart;
import dev.text2image.schedulers.NoiseSchedule;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.samplers.DDIMScheduler;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.planning.TrainingPlan;
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
    void valuesThatAreNotFiniteAreCounted() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray array = manager.create(new float[] {1, Float.NaN, Float.POSITIVE_INFINITY, 2});
            assertThat(text(array)).endsWith("\n1 of 4 values are NaN, 1 infinite");
            assertThat(html(array)).contains("1 of 4 values are NaN");
            int before = manager.getManagedArrays().size();
            render(array);
            assertThat(manager.getManagedArrays()).hasSize(before);
        }
    }

    @Test
    void listsOfArraysAreATable() {
        try (NDManager manager = NDManager.newBaseManager()) {
            assertThat(text(new NDList(manager.zeros(new Shape(2, 3)), manager.create(1L))))
                    .isEqualTo(
                            "   shape   type     device\n0  (2, 3)  float32  cpu\n1  ()      int64    cpu\n2 arrays");
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
        assertThat(html).contains("&lt;0&gt;", "0.33333", "… 80 more rows", "&lt;99&gt;", "100 rows, 2 columns");
        assertThat(html).doesNotContain("&lt;50&gt;", "<50>");
        assertThat(html.split("<tr>", -1)).hasSize(1 + 1 + 20 + 1);
        assertThat(text(table).lines())
                .hasSize(1 + 20 + 1 + 1)
                .startsWith("   loss  caption", "      0  <0>", "0.33333  <1>")
                .endsWith("     33  <99>", "100 rows, 2 columns");
    }

    @Test
    void aWideTableIsCut() {
        Table table = Table.create("wide");
        for (int i = 0; i < 30; i++) {
            table.addColumns(DoubleColumn.create("c" + i, new double[] {i}));
        }
        assertThat(text(table)).contains("c15").doesNotContain("c16").endsWith("wide: 1 row, 30 columns");
    }

    @SuppressWarnings("ArrayRecordComponent") // Arrays in records are shown too.
    record Config(String name, double learningRate, long[] sizes, List<String> targets) {}

    @Test
    void aRecordShowsItsComponents() {
        var config = new Config("a<b", 1e-5, new long[] {1, 2}, List.of("q", "v"));
        assertThat(text(config)).isEqualTo("""
                        Config
                          name          a<b
                          learningRate  1e-5
                          sizes         [1, 2]
                          targets       [q, v]""");
        assertThat(html(config)).contains("a&lt;b").doesNotContain("a<b");
    }

    record Point(int x, String name) {}

    @Test
    void recordsOfOneKindAreATable() {
        assertThat(text(List.of(new Point(1, "a"), new Point(20, "b")))).isEqualTo(" x  name\n 1  a\n20  b\n2 x Point");
        assertThat(text(List.of(1, 2))).isEqualTo("[1, 2]");
        assertThat(text(List.of())).isEqualTo("[]");
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

    private static BufferedImage plain(int size) {
        return new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB);
    }

    @Test
    void severalImagesAreAGrid() throws IOException {
        DisplayData data = render(List.of(plain(8), plain(9)));
        assertThat(data.getData(MIMEType.TEXT_PLAIN)).isEqualTo("2 images");
        assertThat(image(data).getWidth()).isEqualTo(2 * (12 + 2 * 172));
        assertThat(text(IntStream.range(0, 60).mapToObj(i -> plain(4)).toList()))
                .isEqualTo("the first of 60 images; 48 images");
        var generated = new GeneratedImages(
                List.of(plain(8), plain(8)), List.of("a house", "a tree"), List.of(0L), List.of("A prompt was cut."));
        assertThat(text(generated)).isEqualTo("2 images: a house, a tree\nA prompt was cut.");
    }

    @Test
    void aLiveChartShowsItsState() throws IOException {
        LiveChart chart = LiveChart.of("Loss", "step", "loss");
        chart.add(1, 0.5);
        chart.add(2, 0.25);
        DisplayData data = render(chart);
        assertThat(data.getData(MIMEType.TEXT_PLAIN)).isEqualTo("Loss: step 2, loss 0.25");
        assertThat(image(data).getWidth()).isEqualTo(2 * Charts.WIDTH);
    }

    @Test
    void aConfigurationShowsWhatDiffersFromTheDefaultsFirst() {
        var config = TrainingConfig.builder().snrGamma(5.0).learningRate(3e-4).build();
        assertThat(text(config))
                .startsWith("TrainingConfig\n  learning_rate  0.0003\n  snr_gamma      5\n")
                .containsPattern("\\n\\d+ more at their defaults\\n")
                .contains("resolution")
                .contains("not set");
        assertThat(html(config)).contains("<details><summary>");
    }

    @Test
    void aScheduleShowsItsEnds() {
        SchedulerConfig config = SchedulerConfig.stableDiffusion();
        assertThat(text(NoiseSchedule.from(config)).lines())
                .contains("       249  0.0024198       0.67543      2.081")
                .last()
                .isEqualTo("1,000 timesteps");
        assertThat(text(DDIMScheduler.from(config)))
                .startsWith("SchedulerConfig\n")
                .containsPattern("className +DDIMScheduler");
    }

    @Test
    void aPlanShowsWhatFollowsFromIt() {
        assertThat(text(new TrainingPlan(10, 4, 7, false)))
                .containsPattern("stepsPerEpoch +3")
                .containsPattern("epochs +3");
    }

    @Test
    void aModelShowsItsBlocks() {
        try (var model = CLIPTextModel.create(
                new CLIPTextConfig(100, 8, 16, 3, 2, 77, CLIPTextConfig.Activation.GELU, 1e-5),
                ModelOptions.defaults())) {
            assertThat(text(model))
                    .startsWith("CLIPTextModel\n")
                    .containsPattern("text_model.encoder.layers.0-2 +\\(b, 77, 8\\) +48")
                    .containsPattern("in all +52 +" + String.format("%,d", model.parameterCount()))
                    .endsWith("weights in fp32 on cpu");
            assertThat(text(model.weights())).containsPattern("memory +\\d+ KiB");
        }
    }

    @Test
    void longValuesAreCut() {
        assertThat(Values.text("x".repeat(500))).hasSize(160).endsWith("…");
        assertThat(Values.text(new int[1000])).isEqualTo("[0, 0, 0, … 1,000 in all …, 0, 0, 0]");
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
