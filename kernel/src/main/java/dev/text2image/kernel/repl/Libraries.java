package dev.text2image.kernel.repl;

import dev.text2image.io.InvalidInputException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.dflib.jjava.jupyter.kernel.magic.MagicsArgs;
import org.dflib.jjava.jupyter.kernel.util.PathsHandler;
import org.dflib.jjava.kernel.JavaKernel;
import org.dflib.jjava.maven.MavenDependencyResolver;
import org.jspecify.annotations.Nullable;

/** Adds libraries to the class path: {@code %classpath} and {@code %maven}, which say what they do not add. */
final class Libraries {
    private static final Pattern JAR = Pattern.compile("(?<artifact>.+?)-(?<version>\\d.*)\\.jar");
    private static final MagicsArgs MAVEN = MagicsArgs.builder()
            .varargs("deps")
            .keyword("from")
            .onlyKnownKeywords()
            .onlyKnownFlags()
            .build();

    private final MavenDependencyResolver maven;

    Libraries(MavenDependencyResolver maven) {
        this.maven = maven;
    }

    /** The name and version in a jar's file name. */
    private record Jar(Path file, String artifact, String version) {
        static @Nullable Jar of(Path file) {
            Matcher name = JAR.matcher(file.getFileName().toString());
            return name.matches() ? new Jar(file, name.group("artifact"), name.group("version")) : null;
        }

        /** Whether another jar has a class of this one: a name alone, such as {@code api}, may be that of two libraries. */
        boolean isIn(Jar other) {
            try (var mine = new ZipFile(file.toFile());
                    var others = new ZipFile(other.file.toFile())) {
                return mine.stream()
                        .anyMatch(entry -> entry.getName().endsWith(".class")
                                && !entry.getName().endsWith("-info.class")
                                && others.getEntry(entry.getName()) != null);
            } catch (IOException e) {
                return false;
            }
        }
    }

    /** Adds jars and directories, of which a name may have wildcards. */
    @Nullable
    Void classpath(JavaKernel kernel, List<String> arguments) {
        List<Path> found = new ArrayList<>();
        for (String argument : arguments) {
            List<Path> paths = List.copyOf(PathsHandler.resolveGlobs(argument));
            if (paths.isEmpty() || !paths.stream().allMatch(Files::exists)) {
                throw new InvalidInputException(
                        "There is no " + Path.of("").toAbsolutePath().resolve(argument)
                                + ", so %classpath has added nothing; name a jar or a directory that exists.");
            }
            found.addAll(paths);
        }
        kernel.addToClasspath(joined(found.stream().map(Path::toAbsolutePath)));
        return null;
    }

    /** Adds libraries and what they need, except what is on the class path in some version: that one would be found first. */
    @Nullable
    Void maven(JavaKernel kernel, List<String> arguments) {
        Map<String, List<String>> given = MAVEN.parse(arguments);
        List<Path> here = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(Path::of)
                .toList();
        List<Path> added = new ArrayList<>();
        maven.loadDependencies(given.getOrDefault("from", List.of()), given.getOrDefault("deps", List.of()))
                .forEach((library, files) -> {
                    for (String file : files) {
                        Path path = Path.of(file);
                        Optional<Jar> other = other(path, here);
                        other.ifPresent(jar -> System.err.println(note(library, path, jar)));
                        if (other.isEmpty()) {
                            added.add(path);
                        }
                    }
                });
        kernel.addToClasspath(joined(added.stream()));
        return null;
    }

    private static Optional<Jar> other(Path file, List<Path> here) {
        Jar wanted = Jar.of(file);
        return wanted == null
                ? Optional.empty()
                : here.stream()
                        .flatMap(path -> Stream.ofNullable(path.getFileName() == null ? null : Jar.of(path)))
                        .filter(jar -> jar.artifact().equals(wanted.artifact()) && wanted.isIn(jar))
                        .findFirst();
    }

    private static String note(String library, Path file, Jar here) {
        Jar wanted = Jar.of(file);
        String version = wanted == null ? "" : wanted.version();
        String what = here.artifact() + " " + here.version();
        return version.equals(here.version())
                ? what + " was here before %maven " + library + "."
                : what + " was here before and stays; " + version + ", of %maven " + library
                        + ", is not added. Another version needs a kernel without this one.";
    }

    private static String joined(Stream<Path> paths) {
        return String.join(File.pathSeparator, paths.map(Path::toString).toList());
    }
}
