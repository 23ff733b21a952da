package dev.text2image.data.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.util.zip.CRC32;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are no images, or damaged ones; what good ones look like is in {@link dev.text2image.data.loading.ImageParityTest}. */
class ImageReaderTest {
    private static final Path IMAGES = TestFiles.resource("parity/images");

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
