package dev.text2image.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A damaged file is refused with the one exception, or is still a valid file: never anything else. */
class SafeTensorsCorruptionTest {
    private static final int CASES = 3_000;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void randomDamageEndsInTheOneException(long seed) throws IOException {
        Random random = new Random(seed);
        byte[] valid = validFile();
        int refused = 0;
        for (int i = 0; i < CASES; i++) {
            refused += opens(damage(valid, random)) ? 0 : 1;
        }
        assertThat(refused).isGreaterThan(CASES / 2);
    }

    @Test
    void everyTruncationIsRefused() throws IOException {
        byte[] valid = validFile();
        assertThat(opens(valid)).isTrue();
        for (int length = 0; length < valid.length; length++) {
            assertThat(opens(Arrays.copyOf(valid, length)))
                    .as("length %d", length)
                    .isFalse();
        }
    }

    private byte[] validFile() throws IOException {
        Path file = directory.resolve("valid.safetensors");
        SafeTensorsWriter.write(
                file,
                Map.of(
                        "conv.weight", new TensorData(DType.F32, List.of(2L, 3L), ByteBuffer.allocate(24)),
                        "conv.bias", new TensorData(DType.BF16, List.of(3L), ByteBuffer.allocate(6)),
                        "empty", new TensorData(DType.I64, List.of(0L), ByteBuffer.allocate(0))));
        return Files.readAllBytes(file);
    }

    private boolean opens(byte[] bytes) throws IOException {
        Path path = Files.write(directory.resolve("damaged.safetensors"), bytes);
        try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
            file.tensors()
                    .keySet()
                    .forEach(name -> assertThat(file.data(name).remaining())
                            .isEqualTo((int) file.info(name).byteSize()));
            return true;
        } catch (SafeTensorsException e) {
            return false;
        }
    }

    /** Flips bits, cuts the end off, inserts a byte or swaps a piece of the header, mostly in the header. */
    private static byte[] damage(byte[] valid, Random random) {
        byte[] bytes = valid.clone();
        int place = random.nextInt(valid.length - 30);
        switch (random.nextInt(4)) {
            case 0 -> bytes[place] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bytes = Arrays.copyOf(bytes, random.nextInt(valid.length));
            case 2 -> {
                bytes = Arrays.copyOf(bytes, valid.length + 1);
                System.arraycopy(valid, place, bytes, place + 1, valid.length - place);
                bytes[place] = (byte) random.nextInt(256);
            }
            default -> System.arraycopy(valid, random.nextInt(valid.length - 10), bytes, place, 10);
        }
        return bytes;
    }
}
