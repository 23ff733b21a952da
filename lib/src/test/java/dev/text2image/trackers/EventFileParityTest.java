package dev.text2image.trackers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.text2image.data.images.Images;
import dev.text2image.data.images.RgbImage;
import dev.text2image.data.images.Transparency;
import dev.text2image.testing.Fixtures;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/** Compares with what torch's SummaryWriter wrote for the calls of make_tensorboard_fixture.py. */
class EventFileParityTest {
    private static final double TIME = 1700000000.25;
    private static final int COUNT = 9;
    private static final int WIDTH = 3;
    private static final int HEIGHT = 2;

    private static byte[] fixture() throws IOException {
        return Files.readAllBytes(Fixtures.DIRECTORY.resolve("events.out.tfevents"));
    }

    private static List<RgbImage> images() {
        List<RgbImage> images = new ArrayList<>();
        for (int i = 0; i < COUNT; i++) {
            byte[] pixels = new byte[3 * WIDTH * HEIGHT];
            for (int j = 0; j < pixels.length; j++) {
                pixels[j] = (byte) ((i * pixels.length + j) * 7);
            }
            images.add(RgbImage.of(WIDTH, HEIGHT, pixels));
        }
        return images;
    }

    /** Cuts the PNG file out of the fixture: compressors differ, so only its pixels can be compared. */
    private static byte[] png() throws IOException {
        byte[] bytes = fixture();
        String latin = new String(bytes, StandardCharsets.ISO_8859_1);
        int checksum = 4;
        return Arrays.copyOfRange(bytes, latin.indexOf("PNG") - 1, latin.indexOf("IEND") + "IEND".length() + checksum);
    }

    @Test
    void recordsEqualThoseOfTorch() throws IOException {
        Stream<ProtoMessage> events = Stream.of(
                Events.fileVersion(TIME, "tensorboard.summary.writer.event_file_writer"),
                Events.fileVersionAt(TIME, 301),
                Events.sessionStart(TIME, 301),
                Events.scalars(TIME, 301, Map.of("train_loss", 0.1)),
                Events.scalars(TIME, 1L << 40, Map.of("lr", Double.NaN)),
                Events.scalars(TIME, 0, Map.of("lr", 0.0)),
                Events.image(TIME, 302, "validation", 8 * WIDTH, 2 * HEIGHT, png()),
                Events.text(TIME, 303, "note", "Über **all**"));
        assertThat(events.map(ProtoMessage::toByteArray).map(EventFile::record).flatMap(EventFileParityTest::bytes))
                .containsExactlyElementsOf(bytes(fixture()).toList());
    }

    private static Stream<Byte> bytes(byte[] array) {
        List<Byte> list = new ArrayList<>();
        for (byte value : array) {
            list.add(value);
        }
        return list.stream();
    }

    @Test
    void aBatchOfImagesIsThePictureOfTorch() throws IOException {
        RgbImage expected = Images.fromBufferedImage(ImageIO.read(new ByteArrayInputStream(png())), Transparency.DROP);
        assertThat(new ImageBatch("validation", images()).grid()).isEqualTo(expected);
    }
}
