package dev.text2image.data.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.text2image.data.images.RgbImage;
import dev.text2image.data.images.Transparency;
import dev.text2image.io.InvalidInputException;
import dev.text2image.testing.TestFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** WebP files against Pillow's pixels (make_webp_fixtures.py), and damaged ones. */
class WebpParityTest {
    private static final Path FILES = TestFiles.resource("parity/webp");

    private static List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(FILES)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".webp"))
                    .map(name -> name.substring(0, name.length() - 5))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void decodesLikePillow(String name) throws IOException {
        byte[] file = file(name);
        RgbImage expected = ImageReader.read(FILES.resolve(name + ".png"));
        equal(ImageReader.read(file, name, Transparency.DROP), expected);
        Path white = FILES.resolve(name + ".white.png");
        equal(
                ImageReader.read(file, name, Transparency.ON_WHITE),
                Files.exists(white) ? ImageReader.read(white) : expected);
    }

    @ParameterizedTest
    @MethodSource("names")
    void findsTheSizeWithoutDecoding(String name) throws IOException {
        RgbImage image = ImageReader.read(FILES.resolve(name + ".webp"));
        ImageHeader header = ImageReader.header(file(name), name);
        assertThat(header.format()).isEqualTo("WEBP");
        assertThat(List.of(header.width(), header.height())).containsExactlyInAnyOrder(image.width(), image.height());
    }

    @ParameterizedTest
    @ValueSource(strings = {"lossy-37x29", "lossless", "alpha-lossy", "animated-alpha"})
    void refusesTruncatedFiles(String name) throws IOException {
        byte[] whole = file(name);
        for (double part : new double[] {0.05, 0.3, 0.6, 0.99}) {
            fails(Arrays.copyOf(whole, (int) (whole.length * part)));
        }
        fails(Arrays.copyOf(whole, whole.length - 2))
                .hasMessageContaining("it is truncated: its " + (whole.length - 2) + " bytes end");
    }

    @Test
    void refusesASizeThatTheBytesCannotHold() throws IOException {
        ByteBuffer file = ByteBuffer.wrap(file("lossy-37x29")).order(ByteOrder.LITTLE_ENDIAN);
        file.putShort(26, (short) 12_000).putShort(28, (short) 12_000);
        fails(file.array()).hasMessageContaining("it is truncated");
        ByteBuffer canvas = ByteBuffer.wrap(file("animated")).order(ByteOrder.LITTLE_ENDIAN);
        canvas.putShort(24, (short) 20_000).putShort(27, (short) 20_000);
        fails(canvas.array()).hasMessageContainingAll("20001 x 20001", "limit of 178956970");
    }

    @Test
    void saysWhatIsWrongWithAnAnimation() throws IOException {
        ByteBuffer file = ByteBuffer.wrap(file("animated-beside-corner-opaque")).order(ByteOrder.LITTLE_ENDIAN);
        int frame = new String(file.array(), StandardCharsets.ISO_8859_1).indexOf("ANMF");
        file.put(frame + 8, (byte) 10);
        fails(file.array()).hasMessageContaining("its first frame does not lie inside of its 40 x 30 pixels");
        file.put(frame, (byte) 'X');
        int second = new String(file.array(), StandardCharsets.ISO_8859_1).indexOf("ANMF");
        file.put(second, (byte) 'X');
        fails(file.array()).hasMessageContaining("it is an animation without frames");
    }

    @Test
    void endsAtNoDamagedFile() throws IOException {
        Random random = new Random(0);
        List<String> names = names();
        int refused = 0;
        for (int i = 0; i < 3000; i++) {
            byte[] file = file(names.get(i % names.size()));
            for (int change = 0; change < 1 + i % 4; change++) {
                file[12 + random.nextInt(file.length - 12)] = (byte) random.nextInt(256);
            }
            try {
                ImageReader.read(file, "mutated.webp", Transparency.DROP);
            } catch (InvalidInputException e) {
                refused++;
            }
        }
        assertThat(refused).isBetween(300, 2700);
    }

    @Test
    void leavesNoLibraryBehind() throws IOException {
        ImageReader.read(FILES.resolve("lossless.webp"));
        Path directory = Path.of(System.getProperty("com.luciad.imageio.webp.tmpdir"));
        assertThat(directory).doesNotExist();
    }

    private static byte[] file(String name) throws IOException {
        return Files.readAllBytes(FILES.resolve(name + ".webp"));
    }

    private static void equal(RgbImage image, RgbImage expected) {
        assertThat(image).hasToString(expected.toString());
        assertThat(Arrays.mismatch(image.pixels(), expected.pixels()))
                .as("the first sample that differs")
                .isEqualTo(-1);
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> fails(byte[] file) {
        return assertThatThrownBy(() -> ImageReader.read(file, "cat.webp", Transparency.DROP))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("cat.webp cannot be read as an image: ");
    }
}
