package dev.text2image.data.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.text2image.data.images.Images;
import dev.text2image.data.images.RgbImage;
import dev.text2image.data.images.Transparency;
import dev.text2image.io.InvalidInputException;
import dev.text2image.testing.TestFiles;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.ImageIO;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are no images, or damaged ones; what good ones look like is in {@link dev.text2image.data.loading.ImageParityTest}. */
class ImageReaderTest {
    private static final Path IMAGES = TestFiles.resource("parity/images");
    private static final byte[] START = {-1, (byte) 0xd8};

    @Test
    void refusesEmptyAndOtherFiles() {
        fails(new byte[0]).hasMessageContaining("it is empty (0 bytes)");
        fails(new byte[] {'x'}).hasMessageContaining("it starts with \"x\"");
        fails("<html>Not found</html>".getBytes(StandardCharsets.UTF_8)).hasMessageContaining("\"<html>Not fo\"");
        fails("RIFF1234WEBPVP8 ".getBytes(StandardCharsets.ISO_8859_1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rgb.png",
                "palette.png",
                "420.jpg",
                "progressive.jpg",
                "palette.gif",
                "rgb.bmp",
                "rgb.tif",
                "rgb.ppm"
            })
    void refusesTruncatedFiles(String name) throws IOException {
        byte[] whole = Files.readAllBytes(IMAGES.resolve(name));
        for (double part : new double[] {0.05, 0.3, 0.6, 0.8}) {
            fails(Arrays.copyOf(whole, (int) (whole.length * part)));
        }
    }

    @Test
    void refusesDamagedPng() throws IOException {
        byte[] file = Files.readAllBytes(IMAGES.resolve("rgb.png"));
        file[file.length / 2] ^= 1;
        fails(file).hasMessageContaining("check sum of its IDAT chunk");
    }

    @Test
    void refusesHugeImagesBeforeDecoding() {
        fails(pngHeader(20_000, 20_000)).hasMessageContainingAll("20000 x 20000", "limit of 178956970");
        fails(pngHeader(0, 10));
    }

    @Test
    void refusesSizesThatTheFileCannotHold() throws IOException {
        fails(bmp(18, 0x200000)).hasMessageContainingAll("2097152 x 17", "but the file has");
        fails(bmp(30, 2)).hasMessageContaining("runs of pixels of 24 bits");
        fails(bmp(46, 0x4000000)).hasMessageContaining("but the file has");
        fails(pngHeader(10_000, 10_000)).hasMessageContaining("10000 x 10000 pixels, which take 290697 bytes or more");
        byte[] png = Files.readAllBytes(IMAGES.resolve("rgb.png"));
        png[8] = 0x20;
        fails(png).hasMessageContaining("its first chunk is no header");
    }

    private static byte[] bmp(int at, int value) throws IOException {
        byte[] file = Files.readAllBytes(IMAGES.resolve("rgb.bmp"));
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
        return file;
    }

    @Test
    void readsHeaders() throws IOException {
        byte[] file = Files.readAllBytes(IMAGES.resolve("exif-6.jpg"));
        assertThat(ImageReader.header(file, "x")).isEqualTo(new ImageHeader("JPEG", 45, 35));
        assertThat(ImageReader.read(IMAGES.resolve("exif-6.jpg"))).hasToString("RgbImage(35 x 45)");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 4, 6})
    void undoesEveryFilterOfPng(int colorType) throws IOException {
        Random random = new Random(colorType);
        int length = 1 + 30 * new int[] {1, 0, 3, 0, 2, 0, 4}[colorType];
        byte[] rows = new byte[40 * length];
        for (int y = 0; y < 40; y++) {
            for (int i = 1; i < length; i++) {
                rows[y * length + i] = (byte) (y % 2 == 0 ? random.nextInt(256) : 3 * random.nextGaussian());
            }
            rows[y * length] = (byte) (y / 2 % 5);
        }
        byte[] file = png(30, 40, colorType, rows);
        RgbImage expected =
                Images.fromBufferedImage(ImageIO.read(new ByteArrayInputStream(file)), Transparency.ON_WHITE);
        assertThat(ImageReader.read(file, "filters.png", Transparency.ON_WHITE)).isEqualTo(expected);
    }

    @Test
    void refusesPngPixelsThatAreWrong() throws IOException {
        byte[] rows = new byte[3 * (1 + 3 * 2)];
        fails(png(2, 4, 2, rows)).hasMessageContaining("end before the end of the picture");
        rows[7] = 5;
        fails(png(2, 3, 2, rows)).hasMessageContaining("a row has the filter 5");
    }

    /** Makes a file of two IDAT chunks. */
    private static byte[] png(int width, int height, int colorType, byte[] rows) throws IOException {
        ByteArrayOutputStream deflated = new ByteArrayOutputStream();
        try (DeflaterOutputStream out = new DeflaterOutputStream(deflated)) {
            out.write(rows);
        }
        byte[] data = deflated.toByteArray();
        byte[] header = pngHeader(width, height);
        header[25] = (byte) colorType;
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.write(header, 0, 8);
        file.writeBytes(chunk("IHDR", Arrays.copyOfRange(header, 16, 29)));
        file.writeBytes(chunk("IDAT", Arrays.copyOf(data, 7)));
        file.writeBytes(chunk("IDAT", Arrays.copyOfRange(data, 7, data.length)));
        file.writeBytes(chunk("IEND", new byte[0]));
        return file.toByteArray();
    }

    private static byte[] chunk(String type, byte[] data) {
        ByteBuffer chunk = ByteBuffer.allocate(12 + data.length);
        chunk.putInt(data.length).put(type.getBytes(StandardCharsets.US_ASCII)).put(data);
        CRC32 sum = new CRC32();
        sum.update(chunk.array(), 4, 4 + data.length);
        return chunk.putInt((int) sum.getValue()).array();
    }

    /** Programs leave JFIF's header out, or say by Adobe's that the colours are YCbCr. */
    @Test
    void profilesAndHeadersChangeNoPixelOfJpeg() throws IOException {
        byte[] file = Files.readAllBytes(IMAGES.resolve("420.jpg"));
        RgbImage expected = ImageReader.read(IMAGES.resolve("420.jpg"));
        byte[] profile = ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData();
        byte[] icc = segment(0xe2, "ICC_PROFILE\0\1\1", profile);
        byte[] adobe = segment(0xee, "Adobe", new byte[] {0, 100, 0, 0, 0, 0, 1});
        byte[] bare = Arrays.copyOfRange(file, 20, file.length);
        for (byte[][] parts : new byte[][][] {
            {Arrays.copyOf(file, 20), icc, bare}, {START, icc, bare}, {START, bare}, {START, adobe, icc, bare}
        }) {
            ByteArrayOutputStream changed = new ByteArrayOutputStream();
            for (byte[] part : parts) {
                changed.writeBytes(part);
            }
            assertThat(ImageReader.read(changed.toByteArray(), "changed.jpg", Transparency.DROP))
                    .isEqualTo(expected);
        }
    }

    private static byte[] segment(int marker, String name, byte[] data) {
        byte[] start = name.getBytes(StandardCharsets.ISO_8859_1);
        return ByteBuffer.allocate(4 + start.length + data.length)
                .put((byte) 0xff)
                .put((byte) marker)
                .putShort((short) (2 + start.length + data.length))
                .put(start)
                .put(data)
                .array();
    }

    private static byte[] pngHeader(int width, int height) {
        ByteBuffer buffer = ByteBuffer.allocate(33);
        buffer.put(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'})
                .putInt(13);
        buffer.put("IHDR".getBytes(StandardCharsets.ISO_8859_1)).putInt(width).putInt(height);
        buffer.put(new byte[] {8, 2, 0, 0, 0});
        CRC32 sum = new CRC32();
        sum.update(buffer.array(), 12, 17);
        return buffer.putInt((int) sum.getValue()).array();
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> fails(byte[] file) {
        return assertThatThrownBy(() -> ImageReader.read(file, "cat.png", Transparency.DROP))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("cat.png cannot be read as an image: ")
                .hasMessageContaining("Replace the file or remove its row.");
    }
}
