package dev.text2image.training.planning;

import java.util.Locale;

/** Sizes as people read them. */
final class ByteSize {
    private static final double MIB = 1 << 20;
    private static final double GIB = 1 << 30;

    private ByteSize() {}

    /** The size in MiB, or from one GiB on in GiB, with one decimal. */
    static String text(long bytes) {
        return bytes < GIB
                ? String.format(Locale.ROOT, "%.1f MiB", bytes / MIB)
                : String.format(Locale.ROOT, "%.1f GiB", bytes / GIB);
    }
}
