package dev.text2image.kernel.views;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;
import org.dflib.jjava.jupyter.kernel.display.Renderer;
import org.dflib.jjava.jupyter.kernel.display.mime.MIMEType;
import org.junit.jupiter.api.Test;

class AbridgedTest {
    private final Renderer renderer = new Renderer();

    AbridgedTest() {
        Renderers.register(renderer);
    }

    private enum Colour {
        RED,
        GREEN
    }

    @Test
    void arraysOfEveryTypeLookLikeLists() {
        assertThat(text(new int[] {1, 2})).isEqualTo("[1, 2]");
        assertThat(text(new double[][] {{0.5}, {}})).isEqualTo("[[0.5], []]");
        assertThat(text(Colour.values())).isEqualTo("[RED, GREEN]");
        assertThat(text(new Object[] {"a", null, new char[] {'b'}, List.of(true)}))
                .isEqualTo("[a, null, [b], [true]]");
        assertThat(text(Optional.of(new int[] {1}))).isEqualTo("Optional[[1]]");
        assertThat(text(Optional.empty())).isEqualTo("Optional.empty");
    }

    @Test
    void longOnesShowTheirEndsAndTheirNumber() {
        int[] numbers = IntStream.range(0, 200_000).toArray();
        String expected = "[0, 1, 2, … 200,000 in all …, 199997, 199998, 199999]";
        assertThat(text(numbers)).isEqualTo(expected);
        List<Integer> list = Arrays.stream(numbers).boxed().toList();
        assertThat(text(list)).isEqualTo(expected);
        assertThat(text(new LinkedHashSet<>(list))).isEqualTo(expected);
        assertThat(text(new int[1000])).isEqualTo(Arrays.toString(new int[1000]));
        assertThat(text(new int[1001])).isEqualTo("[0, 0, 0, … 1,001 in all …, 0, 0, 0]");
    }

    @Test
    void nestedOnesHaveALineForEachRow() {
        assertThat(text(new int[500][500]).lines())
                .hasSize(7)
                .startsWith("[[0, 0, 0, … 500 in all …, 0, 0, 0],")
                .contains(" … 500 in all …,")
                .endsWith(" [0, 0, 0, … 500 in all …, 0, 0, 0]]");
        assertThat(text(new int[3][20]).lines()).hasSize(3);
    }

    @Test
    void whatNeverEndsIsCut() {
        List<Object> self = new ArrayList<>(List.of(1));
        self.add(self);
        assertThat(text(self)).isEqualTo("[1, (this)]");
        assertThat(text(new int[9][9][9][9][9][9][9])).hasSizeLessThanOrEqualTo(20_000);
        assertThat(text(Stream.generate(() -> "x".repeat(5000)).limit(900).toList()))
                .hasSizeLessThan(20_000)
                .contains("… 900 in all …");
    }

    @Test
    void longTextsLoseTheirMiddle() {
        assertThat(text("x".repeat(20_000))).hasSize(20_000);
        assertThat(text("a" + "x".repeat(199_998) + "z"))
                .hasSizeLessThan(6000)
                .startsWith("ax")
                .endsWith("xz")
                .contains("\n… 200,000 characters in all; System.out.print shows them …\n");
        String emoji = text("\uD83D\uDE00".repeat(50_000));
        assertThat(emoji.codePoints()).noneMatch(c -> c >= 0xD800 && c < 0xE000);
    }

    @Test
    void mapsAreTables() {
        DisplayData small = renderer.render(new TreeMap<>(Map.of("a", new int[] {1}, "b<", new int[] {2})));
        assertThat(small.getData(MIMEType.TEXT_PLAIN)).isEqualTo("{a=[1], b<=[2]}");
        assertThat((String) small.getData(MIMEType.TEXT_HTML)).contains("b&lt;", "[2]", "2 entries");
        Map<Integer, Integer> large =
                new TreeMap<>(IntStream.range(0, 5000).boxed().collect(Collectors.toMap(i -> i, i -> i)));
        assertThat(text(large)).isEqualTo("{0=0, 1=1, 2=2, … 5,000 in all …, 4997=4997, 4998=4998, 4999=4999}");
        assertThat((String) renderer.render(large).getData(MIMEType.TEXT_HTML))
                .contains("… 4,980 more", ">4999<", "5,000 entries")
                .doesNotContain(">2500<");
        assertThat(text(Map.of())).isEqualTo("{}");
    }

    record Point(int x) {}

    @Test
    void arraysAndSetsOfRecordsAreTables() {
        assertThat(text(new Point[] {new Point(1), new Point(2)})).isEqualTo("x\n1\n2\n2 x Point");
        String many = text(IntStream.range(0, 100).mapToObj(Point::new).collect(Collectors.toSet()));
        assertThat(many.lines())
                .hasSize(1 + 17 + 1 + 3 + 1)
                .contains("… 80 more")
                .last()
                .isEqualTo("100 x Point");
    }

    @Test
    void streamsAreNotRun() {
        assertThat(text(Stream.of(1))).contains("was not run", ".toList()");
        assertThat(text(IntStream.of(1))).contains("was not run", ".toArray()");
    }

    private String text(Object value) {
        return (String) renderer.render(value).getData(MIMEType.TEXT_PLAIN);
    }
}
