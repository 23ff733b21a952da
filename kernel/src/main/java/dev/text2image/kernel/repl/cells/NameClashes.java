package dev.text2image.kernel.repl.cells;

import dev.text2image.io.InvalidInputException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import jdk.jshell.ImportSnippet;
import jdk.jshell.JShell;
import jdk.jshell.MethodSnippet;
import jdk.jshell.PersistentSnippet;
import jdk.jshell.Snippet;
import jdk.jshell.Snippet.SubKind;
import jdk.jshell.TypeDeclSnippet;
import jdk.jshell.VarSnippet;
import org.jspecify.annotations.Nullable;

/**
 * Lets the newest of two things with one name win. JShell imports what cells define by name into every later cell, so with an import of
 * the same name none of them could be compiled.
 */
final class NameClashes {
    private static final Set<SubKind> BY_NAME =
            Set.of(SubKind.SINGLE_TYPE_IMPORT_SUBKIND, SubKind.SINGLE_STATIC_IMPORT_SUBKIND);

    private final Cells cells;
    private final Notes notes;
    private final Supplier<ClassLoader> classes;
    /** The names that cells define in place of what is imported with others; told once. */
    private final Set<String> hiding = new HashSet<>();

    NameClashes(Cells cells, Notes notes, Supplier<ClassLoader> classes) {
        this.cells = cells;
        this.notes = notes;
        this.classes = classes;
    }

    /**
     * Drops what has the name of one of these snippets and is older.
     *
     * @throws InvalidInputException if nothing can be compiled beside one of them, which is then dropped
     */
    void resolve(JShell shell, List<Snippet> newest) {
        for (Snippet snippet : newest) {
            if (shell.status(snippet).isActive()) {
                tellWhatIsHidden(shell, snippet);
                resolve(shell, snippet);
            }
        }
    }

    private void resolve(JShell shell, Snippet snippet) {
        String name = name(snippet);
        if (snippet instanceof VarSnippet || snippet instanceof MethodSnippet) {
            dropAll(shell, snippet, other -> imports(other, name, snippet instanceof MethodSnippet));
            return;
        }
        if (snippet.subKind() == SubKind.SINGLE_STATIC_IMPORT_SUBKIND) {
            dropAll(
                    shell,
                    snippet,
                    other -> name(other).equals(name)
                            && (other instanceof VarSnippet || other instanceof MethodSnippet)
                            && imports(snippet, name, other instanceof MethodSnippet));
        }
        boolean isType = snippet instanceof TypeDeclSnippet;
        if (isType
                || (isImportByName(snippet)
                        && shell.types().anyMatch(type -> type.name().equals(name)))) {
            // What lacks something is not imported yet, so that it clashes only later.
            if (!shell.status(snippet).isDefined() || !compiles(shell)) {
                dropAll(
                        shell,
                        snippet,
                        other -> (other instanceof TypeDeclSnippet || isImportByName(other))
                                && name(other).equals(name));
            }
            if (isType && (isPackage(name) || !compiles(shell))) {
                shell.drop(snippet);
                throw new InvalidInputException("A cell cannot define " + describe(snippet)
                        + ": beside it no later cell could be compiled. Give it another name.");
            }
        }
    }

    private static boolean compiles(JShell shell) {
        return "int".equals(shell.sourceCodeAnalysis().analyzeType("1", 1));
    }

    /** Whether a type of this name hides the packages of classes that JShell writes in full. */
    private static boolean isPackage(String name) {
        return Stream.of(Package.getPackages())
                .anyMatch(known -> known.getName().startsWith(name + "."));
    }

    private static boolean isImportByName(Snippet snippet) {
        return BY_NAME.contains(snippet.subKind());
    }

    private void dropAll(JShell shell, Snippet winner, Predicate<Snippet> loses) {
        List<Snippet> losers = shell.snippets()
                .filter(other -> other != winner && shell.status(other).isActive() && loses.test(other))
                .toList();
        for (Snippet loser : losers) {
            shell.drop(loser);
            if (winner instanceof ImportSnippet) {
                hiding.remove(name(loser));
            }
            String gone =
                    loser instanceof ImportSnippet ? describe(loser) : describe(loser) + " of " + cells.nameOf(loser);
            String now = winner instanceof ImportSnippet by ? by.fullname() : "the " + kind(winner) + " of this cell";
            notes.add("The " + gone + " is gone: " + name(winner) + " is now " + now + ".");
        }
    }

    /** Says that a type or method of a cell has the name of what all members of a package or class are imported with. */
    private void tellWhatIsHidden(JShell shell, Snippet snippet) {
        Stream<String> hidden = Stream.of();
        if (snippet instanceof TypeDeclSnippet) {
            hidden = Stream.concat(Stream.of("java.lang"), importedAll(shell, SubKind.TYPE_IMPORT_ON_DEMAND_SUBKIND))
                    .filter(from -> exists(from + "." + name(snippet)))
                    .map(from -> "import " + from);
        } else if (snippet instanceof MethodSnippet) {
            hidden = importedAll(shell, SubKind.STATIC_IMPORT_ON_DEMAND_SUBKIND)
                    .filter(from -> hasMember(from, name(snippet), true))
                    .map(from -> "import static " + from);
        }
        hidden.findFirst()
                .filter(by -> hiding.add(name(snippet)) && !isImported(shell, name(snippet)))
                .ifPresent(by -> notes.add(name(snippet) + " is now the " + kind(snippet) + " of this cell; \"" + by
                        + "." + name(snippet) + ";\" brings the other back."));
    }

    /** Whether there is an import by name, which is told of when it goes. */
    private static boolean isImported(JShell shell, String name) {
        return shell.imports()
                .anyMatch(other -> isImportByName(other) && name(other).equals(name));
    }

    private static Stream<String> importedAll(JShell shell, SubKind kind) {
        return shell.imports()
                .filter(imported -> imported.subKind() == kind)
                .map(imported -> imported.fullname().replaceFirst("\\.\\*$", ""));
    }

    private boolean exists(String type) {
        try {
            Class.forName(type, false, classes.get());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    /** Whether a snippet imports a static method, or else field, of this name. */
    private boolean imports(Snippet snippet, String name, boolean isMethod) {
        if (snippet.subKind() != SubKind.SINGLE_STATIC_IMPORT_SUBKIND
                || !name(snippet).equals(name)) {
            return false;
        }
        String member = ((ImportSnippet) snippet).fullname();
        return hasMember(member.substring(0, member.lastIndexOf('.')), name, isMethod);
    }

    private boolean hasMember(String className, String name, boolean isMethod) {
        Class<?> type = load(className);
        return type != null
                && (isMethod
                        ? Stream.of(type.getMethods())
                                .anyMatch(method -> method.getName().equals(name))
                        : Stream.of(type.getFields())
                                .anyMatch(field -> field.getName().equals(name)));
    }

    /** The class of a name as in an import, in which the classes around it are not told from packages. */
    private @Nullable Class<?> load(String name) {
        try {
            return Class.forName(name, false, classes.get());
        } catch (ClassNotFoundException | LinkageError e) {
            int last = name.lastIndexOf('.');
            return last < 0 ? null : load(name.substring(0, last) + "$" + name.substring(last + 1));
        }
    }

    static String name(Snippet snippet) {
        if (snippet instanceof ImportSnippet imported) {
            return imported.fullname().substring(imported.fullname().lastIndexOf('.') + 1);
        }
        return snippet instanceof PersistentSnippet named ? named.name() : "";
    }

    /** For example {@code class Cat}, {@code import of java.awt.Color}. */
    private static String describe(Snippet snippet) {
        return snippet instanceof ImportSnippet imported
                ? "import of " + imported.fullname()
                : kind(snippet) + " " + name(snippet);
    }

    private static String kind(Snippet snippet) {
        return switch (snippet.subKind()) {
            case INTERFACE_SUBKIND -> "interface";
            case ENUM_SUBKIND -> "enum";
            case RECORD_SUBKIND -> "record";
            case ANNOTATION_TYPE_SUBKIND -> "annotation";
            case METHOD_SUBKIND -> "method";
            case CLASS_SUBKIND -> "class";
            default -> "variable";
        };
    }
}
