package dev.text2image.testing;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;

/** Damaged copies of files. */
final class Mutations {
    private static final long[] EXTREMES = {
        0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x10000, 0x200000, 0x1000000, 0x7fffffffL, 0x80000000L, 0xffffffffL
    };
    private static final String[] NUMBERS = {
        "0", "-1", "1", "7", "65536", "2147483647", "-2147483648", "4e9", "1e308", "0.5", "null"
    };
    private static final int HEADER = 64;

    private Mutations() {}

    /** Damages a copy in one to three ways. */
    static byte[] mutate(byte[] whole, Random random) {
        byte[] file = whole.clone();
        for (int i = random.nextInt(3); i >= 0; i--) {
            file = once(file, random);
        }
        return random.nextBoolean() ? withPngSums(file) : file;
    }

    private static byte[] once(byte[] file, Random random) {
        if (file.length == 0) {
            return file;
        }
        boolean inHeader = random.nextBoolean();
        int at = random.nextInt(inHeader ? Math.min(HEADER, file.length) : file.length);
        int length = random.nextInt(Math.min(64, file.length - at) + 1);
        switch (random.nextInt(8)) {
            case 0 -> file[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> file[at] = (byte) random.nextInt(256);
            case 2, 3 -> extreme(file, at, random);
            case 4 -> {
                return Arrays.copyOf(file, at);
            }
            case 5 -> {
                return insert(file, at, Arrays.copyOfRange(file, at, at + length));
            }
            case 6 -> {
                return withNumber(file, at, NUMBERS[random.nextInt(NUMBERS.length)]);
            }
            default -> {
                byte[] noise = new byte[length];
                random.nextBytes(noise);
                return insert(file, at, noise);
            }
        }
        return file;
    }

    /** Sets a field of 2 or 4 bytes, of either byte order, to a size at the edge. */
    private static void extreme(byte[] file, int at, Random random) {
        long value = EXTREMES[random.nextInt(EXTREMES.length)];
        int width = random.nextBoolean() ? 4 : 2;
        boolean little = random.nextBoolean();
        for (int i = 0; i < width && at + i < file.length; i++) {
            file[at + i] = (byte) (value >> (8 * (little ? i : width - 1 - i)));
        }
    }

    /** Replaces the first decimal number from a place on. */
    private static byte[] withNumber(byte[] file, int at, String number) {
        int start = at;
        while (start < file.length && !isDigit(file[start])) {
            start++;
        }
        int end = start;
        while (end < file.length && isDigit(file[end])) {
            end++;
        }
        byte[] rest = Arrays.copyOfRange(file, end, file.length);
        byte[] without = Arrays.copyOf(file, start + rest.length);
        System.arraycopy(rest, 0, without, start, rest.length);
        return insert(without, start, number.getBytes(StandardCharsets.US_ASCII));
    }

    private static boolean isDigit(byte character) {
        return character >= '0' && character <= '9';
    }

    private static byte[] insert(byte[] file, int at, byte[] part) {
        ByteBuffer longer = ByteBuffer.allocate(file.length + part.length);
        return longer.put(file, 0, at).put(part).put(file, at, file.length - at).array();
    }

    /** Makes the check sums of a PNG file right again, so that the damage behind them counts. */
    private static byte[] withPngSums(byte[] file) {
        ByteBuffer buffer = ByteBuffer.wrap(file);
        if (file.length < 8 || buffer.getInt(0) != 0x89504e47) {
            return file;
        }
        long at = 8;
        while (at + 12 <= file.length) {
            long length = buffer.getInt((int) at) & 0xffffffffL;
            if (at + 12 + length > file.length) {
                break;
            }
            CRC32 sum = new CRC32();
            sum.update(file, (int) at + 4, (int) length + 4);
            buffer.putInt((int) (at + 8 + length), (int) sum.getValue());
            at += 12 + length;
        }
        return file;
    }
}
