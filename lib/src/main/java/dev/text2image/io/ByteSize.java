package dev.text2image.io;

import java.util.Locale;

/** Sizes as people read them. */
public final class ByteSize {
    private static final double MIB = 1 << 20;
    private static final double GIB = 1 << 30;

    private ByteSize() {}

    /**
     * Writes a size.
     *
     * @param bytes the size
     * @return the size in MiB, or from one GiB on in GiB, with one decimal
     */
    public static String text(long bytes) {
        return bytes < GIB
                ? String.format(Locale.ROOT, "%.1f MiB", bytes / MIB)
                : String.format(Locale.ROOT, "%.1f GiB", bytes / GIB);
    }
}
