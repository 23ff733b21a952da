package dev.text2image.kernel.repl.errors;

import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import org.jspecify.annotations.Nullable;

/**
 * Finds the snippet of a stack frame in the classes that JShell makes.
 *
 * <p>JShell translates the frames of the outermost exception only, and often to a wrong line: it counts the lines of a wrapped
 * snippet wrongly, but its characters rightly. So this class goes by characters. It needs JShell's internals; where a JDK
 * has others, no frame is found.
 */
final class SnippetClasses {
    private static final Pattern CLASS = Pattern.compile("^REPL\\.(?<class>\\$JShell\\$\\w+)(?:\\$(?<member>.+))?$");

    private static final Pattern PREFIX = Pattern.compile("(?:REPL\\.)?\\$JShell\\$\\w+[.$]");

    private final JShell shell;
    private final @Nullable Internals internals = Internals.open();

    SnippetClasses(JShell shell) {
        this.shell = shell;
    }

    /**
     * Where a frame is.
     *
     * @param snippet the snippet
     * @param offset the first character of the line in the snippet's source
     * @param type the class of the user that the frame is in; empty for methods and statements outside of classes
     */
    record Spot(Snippet snippet, int offset, String type) {}

    /** Whether the frame is in code of a cell. */
    static boolean contain(StackTraceElement frame) {
        return CLASS.matcher(frame.getClassName()).matches() || isTranslated(frame);
    }

    /** Whether JShell has put the snippet in place of the file. */
    private static boolean isTranslated(StackTraceElement frame) {
        return frame.getFileName() != null && frame.getFileName().startsWith("#");
    }

    /** The name of a class as the user wrote it. */
    static String userName(String className) {
        Matcher matcher = CLASS.matcher(className);
        return matcher.matches() && matcher.group("member") != null ? matcher.group("member") : className;
    }

    /** A text without the classes that JShell puts around the user's names. */
    static String removeFrom(String text) {
        return PREFIX.matcher(text).replaceAll("");
    }

    /** The place of a frame in its snippet; null if it is not in code of a cell, or unknown. */
    @Nullable
    Spot find(StackTraceElement frame) {
        if (isTranslated(frame)) {
            String id = String.valueOf(frame.getFileName()).substring(1);
            return shell.snippets()
                    .filter(snippet -> snippet.id().equals(id))
                    .findFirst()
                    .map(snippet -> new Spot(snippet, 0, frame.getClassName()))
                    .orElse(null);
        }
        Matcher matcher = CLASS.matcher(frame.getClassName());
        if (internals == null || !matcher.matches()) {
            return null;
        }
        try {
            String member = matcher.group("member");
            return internals.find(shell, matcher.group("class"), frame.getLineNumber(), member == null ? "" : member);
        } catch (ReflectiveOperationException e) {
            return null;
        }
    }

    /** The part of JShell that knows how it wrapped a snippet into a class. */
    private record Internals(
            Field outerMap,
            Method getOuter,
            Method wrapped,
            Method wrapIndexToSnippetIndex,
            Field wrap,
            Method wrapIndexToWrap,
            Field wrapToSnippet) {

        static @Nullable Internals open() {
            try {
                Class<?> outerWrap = Class.forName("jdk.jshell.OuterWrap");
                return new Internals(
                        open(JShell.class.getDeclaredField("outerMap")),
                        open(Class.forName("jdk.jshell.OuterWrapMap").getDeclaredMethod("getOuter", String.class)),
                        open(outerWrap.getDeclaredMethod("wrapped")),
                        open(outerWrap.getDeclaredMethod("wrapIndexToSnippetIndex", int.class)),
                        open(outerWrap.getDeclaredField("w")),
                        open(Class.forName("jdk.jshell.Wrap$CompoundWrap")
                                .getDeclaredMethod("wrapIndexToWrap", long.class)),
                        open(Class.forName("jdk.jshell.OuterSnippetsClassWrap").getDeclaredField("wrapToSnippet")));
            } catch (ReflectiveOperationException | RuntimeException e) {
                return null;
            }
        }

        private static <T extends AccessibleObject> T open(T member) {
            member.setAccessible(true);
            return member;
        }

        @Nullable
        Spot find(JShell shell, String className, int line, String type) throws ReflectiveOperationException {
            Object outer = getOuter.invoke(outerMap.get(shell), className);
            if (outer == null) {
                return null;
            }
            int index = lineStart((String) wrapped.invoke(outer), line);
            Object part = wrapIndexToWrap.invoke(wrap.get(outer), (long) index);
            var snippet = (Snippet) ((Map<?, ?>) wrapToSnippet.get(outer)).get(part);
            return snippet == null ? null : new Spot(snippet, (int) wrapIndexToSnippetIndex.invoke(outer, index), type);
        }

        /** The first character of a line that is not blank; what comes before may be JShell's. */
        private static int lineStart(String text, int line) {
            int start = 0;
            for (int i = 1; i < line; i++) {
                start = text.indexOf('\n', start) + 1;
            }
            while (start < text.length() && (text.charAt(start) == ' ' || text.charAt(start) == '\t')) {
                start++;
            }
            return start;
        }
    }
}
