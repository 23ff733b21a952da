package dev.text2image.data.formats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.text2image.data.images.Images;
import dev.text2image.data.images.RgbImage;
import dev.text2image.data.images.Transparency;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Texts in PNG files, beside those of Pillow. */
class PngTextTest {
    /** Image.new("RGB", (1, 1), (255, 0, 0)) saved with add_text("Software", "x") and add_text("parameters", ...). */
    private static final String START =
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAACnRFWHRTb2Z0d2FyZQB4So2/zgAAABp";

    private static final String END = "AAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";
    private static final int HEADER = 33;
    private static final int CHUNK = 12 + 26;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0RVh0cGFyYW1ldGVycwBhIGNhZuksIFNlZWQ6IDEmXa0N|a café, Seed: 1",
                "pVFh0cGFyYW1ldGVycwAAAAAAYSDinaQgaGVhcnSwUZij|a \u2764 heart"
            })
    void areReadAndWrittenAsPillowDoes(String chunk, String text) throws IOException {
        byte[] ofPillow = Base64.getDecoder().decode(START + chunk + END);
        Path file = Files.write(directory.resolve("pillow.png"), ofPillow);
        assertThat(PngText.read(file, "parameters")).contains(text);
        assertThat(PngText.read(file, "Software")).contains("x");
        assertThat(PngText.read(file, "param")).isEmpty();

        byte[] written = PngText.add(Images.toPng(RgbImage.of(1, 1, new byte[] {-1, 0, 0})), "parameters", text);
        int inPillow = HEADER + 12 + "Software\0x".length();
        assertThat(Arrays.copyOfRange(written, HEADER, HEADER + CHUNK))
                .isEqualTo(Arrays.copyOfRange(ofPillow, inPillow, inPillow + CHUNK));
        assertThat(ImageReader.read(written, "written", Transparency.DROP)).isEqualTo(ImageReader.read(file));
    }

    @Test
    void aTornFileHasNone() throws IOException {
        byte[] whole = PngText.add(Images.toPng(RgbImage.of(1, 1, new byte[3])), "parameters", "a");
        Path file = Files.write(directory.resolve("torn.png"), Arrays.copyOf(whole, whole.length - 20));
        assertThat(PngText.read(file, "parameters")).isEmpty();
    }
}
