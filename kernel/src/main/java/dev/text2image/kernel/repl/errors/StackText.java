package dev.text2image.kernel.repl.errors;

import dev.text2image.kernel.repl.errors.Stack.CellLine;
import dev.text2image.kernel.repl.errors.Stack.OfLibrary;
import dev.text2image.kernel.repl.errors.Stack.Other;
import dev.text2image.kernel.repl.errors.Stack.Part;
import dev.text2image.kernel.repl.errors.Stack.Repeated;
import java.util.ArrayList;
import java.util.List;

/** Writes the parts of a stack. */
final class StackText {
    private static final int CONTEXT = 2;
    private static final int CELL_LINES = 12;
    private static final int FRAMES_OF_LIBRARY = 5;
    private static final int FRAMES_OF_OTHERS = 3;

    private final List<String> lines = new ArrayList<>();
    private int cellLines;

    private StackText() {}

    /** The lines for these parts; the first line of a cell is shown with those around it. */
    static List<String> of(List<Part> parts) {
        var text = new StackText();
        int i = 0;
        while (i < parts.size()) {
            int end = i + 1;
            while (end < parts.size()
                    && parts.get(end).getClass() == parts.get(i).getClass()) {
                end++;
            }
            text.add(parts.subList(i, end), i == 0);
            i = end;
        }
        return text.lines;
    }

    private void add(List<Part> alike, boolean isInnermost) {
        Part first = alike.get(0);
        if (first instanceof OfLibrary) {
            shorten(alike, FRAMES_OF_LIBRARY);
        } else if (first instanceof Other other) {
            if (isInnermost || alike.size() == 1) {
                shorten(alike, FRAMES_OF_OTHERS);
            } else {
                more(alike.size() + " frames of " + packageOf(other.frame()));
            }
        } else {
            alike.forEach(this::add);
        }
    }

    /** All of a few parts; of more, the innermost and the one that was called from below. */
    private void shorten(List<Part> parts, int most) {
        if (parts.size() <= most) {
            parts.forEach(this::add);
        } else {
            parts.subList(0, most - 1).forEach(this::add);
            more((parts.size() - most) + " more");
            add(parts.get(parts.size() - 1));
        }
    }

    private void add(Part part) {
        if (part instanceof CellLine line) {
            addCellLine(line);
        } else if (part instanceof OfLibrary library) {
            lines.add("  at " + shortName(library.frame()));
        } else if (part instanceof Other other) {
            lines.add(Ansi.QUIET.of("  at " + withoutModule(other.frame())));
        } else if (part instanceof Repeated repeated) {
            String what = repeated.parts() == 1 ? "this frame" : "these " + repeated.parts() + " frames";
            more(what + " " + repeated.times() + " times more");
        }
    }

    private void addCellLine(CellLine line) {
        cellLines++;
        if (cellLines > CELL_LINES) {
            if (cellLines == CELL_LINES + 1) {
                more("more lines of cells");
            }
            return;
        }
        String in = line.context().isEmpty() ? "" : ", in " + line.context();
        lines.add("  at " + Ansi.PLACE.of(line.place().toString()) + in);
        lines.addAll(Listing.around(line.place(), cellLines == 1 ? CONTEXT : 0));
    }

    private void more(String text) {
        lines.add(Ansi.QUIET.of("  … " + text));
    }

    /** A frame of this library: the class without its package. */
    private static String shortName(StackTraceElement frame) {
        String type = frame.getClassName();
        return type.substring(type.lastIndexOf('.') + 1) + "." + frame.getMethodName() + where(frame);
    }

    private static String withoutModule(StackTraceElement frame) {
        return SnippetClasses.userName(frame.getClassName()) + "." + frame.getMethodName() + where(frame);
    }

    private static String where(StackTraceElement frame) {
        if (frame.isNativeMethod()) {
            return "(native)";
        }
        return frame.getFileName() == null ? "" : "(" + frame.getFileName() + ":" + frame.getLineNumber() + ")";
    }

    private static String packageOf(StackTraceElement frame) {
        String type = frame.getClassName();
        return type.contains(".") ? type.substring(0, type.lastIndexOf('.')) : type;
    }
}
