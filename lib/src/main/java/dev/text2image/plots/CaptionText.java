package dev.text2image.plots;

import java.awt.FontMetrics;
import java.util.ArrayList;
import java.util.List;

/** Breaks a caption into lines of a given width. */
final class CaptionText {
    private static final String ELLIPSIS = "…";

    private CaptionText() {}

    static List<String> wrap(String text, FontMetrics metrics, int width, int maxLines) {
        List<String> lines = new ArrayList<>();
        String line = "";
        for (String word : text.strip().split("\\s+", -1)) {
            String longer = line.isEmpty() ? word : line + " " + word;
            if (!line.isEmpty() && metrics.stringWidth(longer) > width) {
                lines.add(line);
                line = word;
            } else {
                line = longer;
            }
        }
        if (!line.isEmpty()) {
            lines.add(line);
        }
        return cut(lines, metrics, width, maxLines);
    }

    private static List<String> cut(List<String> lines, FontMetrics metrics, int width, int maxLines) {
        List<String> kept = new ArrayList<>();
        for (int i = 0; i < Math.min(maxLines, lines.size()); i++) {
            boolean more = i == maxLines - 1 && lines.size() > maxLines;
            kept.add(fit(lines.get(i), more, metrics, width));
        }
        return List.copyOf(kept);
    }

    private static String fit(String line, boolean more, FontMetrics metrics, int width) {
        if (!more && metrics.stringWidth(line) <= width) {
            return line;
        }
        int end = line.length();
        while (end > 0 && metrics.stringWidth(line.substring(0, end) + ELLIPSIS) > width) {
            end = line.offsetByCodePoints(end, -1);
        }
        return line.substring(0, end).strip() + ELLIPSIS;
    }
}
