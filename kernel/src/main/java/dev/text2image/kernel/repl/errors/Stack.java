package dev.text2image.kernel.repl.errors;

import dev.text2image.kernel.repl.cells.Cells;
import dev.text2image.kernel.repl.cells.Cells.Statement;
import dev.text2image.kernel.repl.cells.MagicCalls;
import dev.text2image.kernel.repl.cells.Source.Place;
import dev.text2image.kernel.repl.errors.SnippetClasses.Spot;
import java.util.ArrayList;
import java.util.List;

/** Turns the frames of a stack into what a reader of a notebook looks for. */
final class Stack {
    /** Frames of what runs the cells, which say nothing about them. */
    private static final List<String> OF_KERNEL = List.of(
            "dev.text2image.kernel.repl.",
            "dev.text2image.kernel.stop.",
            "REPL.$Magic$",
            "org.dflib.jjava.",
            "jdk.jshell.",
            "jdk.internal.reflect.",
            "java.lang.reflect.Method");

    private static final int LONGEST_CYCLE = 8;
    /** Frames without a cell, such as those of another thread, are shown up to here. */
    private static final int FRAMES_WITHOUT_CELL = 12;

    private final Cells cells;
    private final SnippetClasses classes;

    Stack(Cells cells, SnippetClasses classes) {
        this.cells = cells;
        this.classes = classes;
    }

    /** A part of a stack. */
    sealed interface Part {}

    /** A line of a cell, and what it is in: a method, a lambda, or nothing. */
    record CellLine(Place place, String context) implements Part {}

    /** A frame of this library. */
    record OfLibrary(StackTraceElement frame) implements Part {}

    /** Any other frame. */
    record Other(StackTraceElement frame) implements Part {}

    /** The parts before it, so many more times. */
    record Repeated(int parts, int times) implements Part {}

    /** The parts of a stack, innermost first; what called the outermost statement is left out. */
    List<Part> parts(List<StackTraceElement> frames) {
        int end = frames.size();
        while (end > 0 && !SnippetClasses.contain(frames.get(end - 1))) {
            end--;
        }
        List<StackTraceElement> shown = end > 0
                ? frames.subList(0, end)
                : frames.subList(0, Math.min(FRAMES_WITHOUT_CELL, MagicCalls.start(frames)));
        var parts = new ArrayList<Part>();
        for (StackTraceElement frame : shown) {
            Part part = isOfKernel(frame) ? null : part(frame);
            if (part != null && !(part instanceof CellLine line && isSameStatement(parts, line))) {
                parts.add(part);
            }
        }
        return collapse(parts);
    }

    /** Whether JShell has split the statement of this line into methods, of which the inner one is there already. */
    private static boolean isSameStatement(List<Part> parts, CellLine line) {
        return line.context().isEmpty()
                && !parts.isEmpty()
                && parts.get(parts.size() - 1) instanceof CellLine inner
                && inner.context().isEmpty()
                && inner.place().source().name().equals(line.place().source().name());
    }

    private static boolean isOfKernel(StackTraceElement frame) {
        return OF_KERNEL.stream().anyMatch(frame.getClassName()::startsWith);
    }

    private Part part(StackTraceElement frame) {
        Spot spot = classes.find(frame);
        Statement statement = spot == null ? null : cells.find(spot.snippet(), spot.offset());
        if (spot != null && statement != null) {
            return new CellLine(statement.place(), context(spot.type(), frame.getMethodName()));
        }
        return frame.getClassName().startsWith("dev.text2image.") ? new OfLibrary(frame) : new Other(frame);
    }

    /** Names the method of a frame: {@code f}, {@code new Config}, {@code Config.check}. */
    static String context(String type, String method) {
        if (type.matches("(?:.*\\$)?\\d+")) {
            return method.equals("<init>") ? "an anonymous class" : method + " of an anonymous class";
        }
        String inType = type.isEmpty() ? "" : type.replace('$', '.') + ".";
        if (method.startsWith("lambda$")) {
            String outer = method.substring("lambda$".length()).replaceFirst("\\$+\\d*$", "");
            return outer.startsWith("do_it") || outer.isEmpty() || outer.equals("static")
                    ? "a lambda"
                    : "a lambda of " + inType + outer;
        }
        if (method.startsWith("do_it$")) {
            return "";
        }
        return switch (method) {
            case "<init>" -> "new " + type.replace('$', '.');
            case "<clinit>" -> "the start of " + type.replace('$', '.');
            default -> inType + method;
        };
    }

    /** Counts a cycle of parts that come again and again, as in a recursion. */
    private static List<Part> collapse(List<Part> parts) {
        var result = new ArrayList<Part>();
        int i = 0;
        while (i < parts.size()) {
            int cycle = 1;
            while (cycle <= LONGEST_CYCLE && repeats(parts, i, cycle) < 2) {
                cycle++;
            }
            if (cycle > LONGEST_CYCLE) {
                result.add(parts.get(i++));
            } else {
                int times = repeats(parts, i, cycle);
                result.addAll(parts.subList(i, i + cycle));
                result.add(new Repeated(cycle, times));
                i += cycle * (times + 1);
            }
        }
        return result;
    }

    /** How many times the parts from here on are followed by the same parts. */
    private static int repeats(List<Part> parts, int from, int cycle) {
        int times = 0;
        while (from + cycle * (times + 2) <= parts.size()
                && parts.subList(from, from + cycle)
                        .equals(parts.subList(from + cycle * (times + 1), from + cycle * (times + 2)))) {
            times++;
        }
        return times;
    }
}
