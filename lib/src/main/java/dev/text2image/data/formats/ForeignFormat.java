package dev.text2image.data.formats;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Recognises by its first bytes what a file is that is no image, or one of a format that is not read here. */
final class ForeignFormat {
    private static final int LOOKED_AT = 256;

    private ForeignFormat() {}

    /** Returns why a file cannot be read: a phrase in which "it" is the file. */
    static String describe(byte[] file) {
        String start = new String(file, 0, Math.min(LOOKED_AT, file.length), StandardCharsets.ISO_8859_1);
        String name = image(start);
        if (name != null) {
            return "it is a file in the format " + name
                    + ", which is not read here; convert it to JPEG or PNG, for example with Pillow or ImageMagick";
        }
        String text = start.replaceFirst("^\u00EF\u00BB\u00BF", "").strip().toLowerCase(Locale.ROOT);
        boolean page = text.startsWith("<!doctype html") || text.startsWith("<html");
        return "it starts with \"" + printable(start)
                + (page
                        ? "\" and is a web page, saved in the place of an image"
                        : "\", which no known image format does");
    }

    private static @Nullable String image(String start) {
        if (start.startsWith("ftyp", 4)) {
            return brand(start);
        } else if (start.startsWith("\u00FF\n") || start.startsWith("JXL ", 4)) {
            return "JPEG XL";
        } else if (start.startsWith("jP  ", 4) || start.startsWith("\u00FFO\u00FFQ")) {
            return "JPEG 2000";
        }
        return start.startsWith("<svg") || (start.startsWith("<?xml") && start.contains("<svg")) ? "SVG" : null;
    }

    /** Reads the brands of an ISO media file (ISO 14496-12, section 4.3), of which the first may be a general one. */
    private static @Nullable String brand(String start) {
        int end = Math.min(start.length(), Math.max(12, start.charAt(3) + (start.charAt(2) << 8)));
        for (int at = 8; at + 4 <= end; at += 4) {
            switch (start.substring(at, at + 4)) {
                case "avif", "avis" -> {
                    return "AVIF";
                }
                case "heic", "heix", "heim", "heis", "hevc", "hevx" -> {
                    return "HEIC";
                }
                default -> {}
            }
        }
        return start.startsWith("mif1", 8) || start.startsWith("msf1", 8) ? "HEIF" : null;
    }

    private static String printable(String start) {
        return start.substring(0, Math.min(12, start.length())).replaceAll("[^ -~]", "?");
    }
}
