package dev.text2image.kernel.repl.replies;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.dflib.jjava.jupyter.messages.publish.PublishStream;
import org.dflib.jjava.jupyter.messages.publish.PublishStream.StreamType;

/** Text that a cell has printed and that was not sent yet. Not safe for use by several threads. */
final class TextBuffer {
    /** A cell that changes between its two streams more often shows each stream by itself, or it would be a message for each line. */
    private static final int MOST_CHANGES = 32;

    private final List<Part> parts = new ArrayList<>();
    private int length;

    private record Part(StreamType stream, StringBuilder text) {}

    void add(StreamType stream, String text) {
        Part last = parts.isEmpty() ? null : parts.get(parts.size() - 1);
        if (last == null || last.stream != stream) {
            last = new Part(stream, new StringBuilder());
            parts.add(last);
        }
        last.text.append(text);
        length += text.length();
    }

    /** The number of characters. */
    int length() {
        return length;
    }

    /** Takes all text out, as messages in the order in which it was printed. */
    List<PublishStream> take() {
        List<Part> taken = parts.size() > MOST_CHANGES ? byStream() : List.copyOf(parts);
        parts.clear();
        length = 0;
        return taken.stream()
                .map(part -> new PublishStream(part.stream, part.text.toString()))
                .toList();
    }

    private List<Part> byStream() {
        Map<StreamType, StringBuilder> texts = new EnumMap<>(StreamType.class);
        parts.forEach(part -> texts.computeIfAbsent(part.stream, stream -> new StringBuilder())
                .append(part.text));
        return texts.entrySet().stream()
                .map(entry -> new Part(entry.getKey(), entry.getValue()))
                .toList();
    }
}
