package dev.text2image.kernel.repl.completion;

import dev.text2image.kernel.repl.cells.Signatures;
import dev.text2image.kernel.repl.completion.Completion.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.lang.model.SourceVersion;
import jdk.jshell.JShell;
import jdk.jshell.SourceCodeAnalysis.Documentation;
import jdk.jshell.SourceCodeAnalysis.Suggestion;
import jdk.jshell.VarSnippet;
import org.dflib.jjava.jupyter.kernel.magic.MagicsRegistry;

/** Completes code: what JShell suggests, with kinds and signatures, what fits best first. */
public final class Completer {
    /** Signatures cost some milliseconds each; what has none by then stays without. */
    private static final long MILLIS_FOR_SIGNATURES = 120;

    private static final Pattern MAGIC = Pattern.compile("(?:^|(?<=\n))(?<percent>%{1,2})(?<name>\\w*)$");
    /** Members of every object, which are seldom what is looked for. */
    private static final Set<String> OF_OBJECT =
            Set.of("class", "equals", "getClass", "hashCode", "notify", "notifyAll", "wait", "toString");

    private static final List<String> KEYWORDS = Stream.of(
                    "abstract assert boolean break byte case catch char class continue default do double else enum extends final "
                            + "finally float for if implements import instanceof int interface long new private protected "
                            + "public record return sealed short static super switch synchronized this throw throws true "
                            + "false null try var void while yield")
            .flatMap(words -> Stream.of(words.split(" ")))
            .toList();

    private final JShell shell;
    private final MagicsRegistry magics;

    /**
     * Completes for a shell.
     *
     * @param shell the shell
     * @param magics the magics
     */
    public Completer(JShell shell, MagicsRegistry magics) {
        this.shell = shell;
        this.magics = magics;
    }

    /**
     * The completions of a piece of code.
     *
     * @param start where the piece starts in the code
     * @param items what may replace it, best first
     */
    public record Completions(int start, List<Completion> items) {}

    /**
     * Completes code.
     *
     * @param code a cell
     * @param cursor where its reader is
     * @return what may come there
     */
    public Completions complete(String code, int cursor) {
        String before = code.substring(0, cursor);
        Matcher magic = MAGIC.matcher(before);
        if (magic.find()) {
            return new Completions(magic.start(), magics(magic.group("percent"), magic.group("name")));
        }
        for (String piece : CodePieces.endingWith(shell, before)) {
            var anchor = new int[1];
            List<Suggestion> suggestions =
                    shell.sourceCodeAnalysis().completionSuggestions(piece, piece.length(), anchor);
            var completions = new Context(piece, anchor[0]).complete(suggestions);
            if (!completions.isEmpty()) {
                return new Completions(cursor - (piece.length() - anchor[0]), completions);
            }
        }
        return new Completions(cursor, List.of());
    }

    private List<Completion> magics(String percent, String prefix) {
        Collection<String> names = percent.equals("%%") ? magics.getCellMagicNames() : magics.getLineMagicNames();
        return names.stream()
                .filter(name -> name.startsWith(prefix))
                .sorted()
                .map(name -> new Completion(percent + name, Kind.MAGIC, ""))
                .toList();
    }

    /** The code before the cursor, of which the last identifier is completed. */
    private final class Context {
        private final String code;
        private final int anchor;
        private final String prefix;
        private final boolean isMember;
        private final boolean isImport;
        private final Map<String, String> variables =
                shell.variables().collect(Collectors.toMap(VarSnippet::name, VarSnippet::typeName, (a, b) -> b));

        Context(String code, int anchor) {
            this.code = code;
            this.anchor = anchor;
            prefix = code.substring(anchor);
            isMember = code.substring(0, anchor).stripTrailing().endsWith(".");
            isImport = code.stripLeading().startsWith("import ");
        }

        List<Completion> complete(List<Suggestion> suggestions) {
            // One entry for a text; whether it fits is the same for all of its overloads, or one of them fits.
            Map<String, Boolean> fits =
                    new TreeMap<>(String.CASE_INSENSITIVE_ORDER.thenComparing(Comparator.naturalOrder()));
            suggestions.forEach(s -> fits.merge(s.continuation(), s.matchesType(), Boolean::logicalOr));
            if (!isMember && !isImport && !prefix.isEmpty()) {
                KEYWORDS.stream().filter(word -> word.startsWith(prefix)).forEach(word -> fits.putIfAbsent(word, true));
            }
            List<String> ordered = fits.keySet().stream()
                    .sorted(Comparator.comparing((String text) -> !text.startsWith(prefix))
                            .thenComparing(text -> !Boolean.TRUE.equals(fits.get(text)))
                            .thenComparing(text -> isMember && OF_OBJECT.contains(nameOf(text)))
                            .thenComparing(this::kind))
                    .toList();
            return withSignatures(ordered);
        }

        private List<Completion> withSignatures(List<String> texts) {
            long end = System.nanoTime() + MILLIS_FOR_SIGNATURES * 1_000_000;
            var completions = new ArrayList<Completion>();
            for (String text : texts) {
                Kind kind = kind(text);
                String known = kind == Kind.VARIABLE ? variables.get(text) : null;
                String signature = "";
                if (known != null) {
                    signature = known;
                } else if ((kind == Kind.METHOD || kind == Kind.FIELD) && System.nanoTime() < end) {
                    signature = signature(text);
                }
                completions.add(new Completion(text, kind, signature));
            }
            return completions;
        }

        private String signature(String text) {
            String call = code.substring(0, anchor) + nameOf(text) + (text.contains("(") ? "(" : "");
            List<Documentation> found = shell.sourceCodeAnalysis().documentation(call, call.length(), false);
            return found.stream()
                    .map(documentation -> Signatures.shorten(documentation.signature()))
                    .distinct()
                    .collect(Collectors.joining("\n"));
        }

        private Kind kind(String text) {
            String name = nameOf(text);
            boolean isCapitalized = !name.isEmpty() && Character.isUpperCase(name.charAt(0));
            if (text.contains("(")) {
                return isCapitalized && !isMember ? Kind.CLASS : Kind.METHOD;
            }
            if (SourceVersion.isKeyword(name)
                    || (KEYWORDS.contains(name) && !isMember && !variables.containsKey(name))) {
                return Kind.KEYWORD;
            }
            if (isCapitalized) {
                boolean isConstant = isMember && !isImport && name.equals(name.toUpperCase(java.util.Locale.ROOT));
                return isConstant ? Kind.FIELD : Kind.CLASS;
            }
            if (isImport || text.endsWith(".")) {
                return Kind.MODULE;
            }
            if (isMember) {
                return Kind.FIELD;
            }
            return variables.containsKey(name) || !isPackage(name) ? Kind.VARIABLE : Kind.MODULE;
        }

        /** Whether a name is the start of a package, which JShell suggests beside variables. */
        private boolean isPackage(String name) {
            return Stream.of(Package.getPackages()).anyMatch(p -> p.getName().startsWith(name + "."));
        }

        private static String nameOf(String text) {
            int end = text.indexOf('(');
            return end < 0 ? text : text.substring(0, end);
        }
    }
}
