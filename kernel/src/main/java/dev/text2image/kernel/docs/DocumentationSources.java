package dev.text2image.kernel.docs;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import jdk.jshell.SourceCodeAnalysis;

/**
 * Gives JShell the sources that documentation is read from.
 *
 * <p>On its own JShell looks into the JDK's {@code src.zip} only. It keeps the places in a field, to which this class adds
 * others; where a JDK has no such field, there are signatures without documentation.
 */
public final class DocumentationSources {
    /** The system property that names jars and directories with sources, as a class path. */
    public static final String PROPERTY = "text2image.sources";

    private DocumentationSources() {}

    /**
     * Adds the sources that the system property names.
     *
     * @param analysis JShell's analysis
     */
    public static void addTo(SourceCodeAnalysis analysis) {
        try {
            Method find = analysis.getClass().getDeclaredMethod("findSources");
            Field places = analysis.getClass().getDeclaredField("availableSources");
            find.setAccessible(true);
            places.setAccessible(true);
            var all = new ArrayList<Object>((List<?>) find.invoke(analysis));
            all.addAll(named());
            places.set(analysis, all);
        } catch (ReflectiveOperationException | RuntimeException e) {
            System.getLogger(DocumentationSources.class.getName())
                    .log(System.Logger.Level.DEBUG, "no documentation of libraries", e);
        }
    }

    /** Whether the running JDK brings its sources. */
    public static boolean hasJdk() {
        Path home = Path.of(System.getProperty("java.home"));
        return Files.isReadable(home.resolve("lib/src.zip")) || Files.isReadable(home.resolveSibling("src.zip"));
    }

    private static List<Path> named() {
        return Arrays.stream(System.getProperty(PROPERTY, "").split(File.pathSeparator))
                .filter(name -> !name.isBlank())
                .map(Path::of)
                .filter(Files::exists)
                .map(DocumentationSources::root)
                .toList();
    }

    /** A directory as it is, and the inside of a jar, which stays open as long as the kernel runs. */
    private static Path root(Path path) {
        if (Files.isDirectory(path)) {
            return path;
        }
        try {
            return FileSystems.newFileSystem(path).getPath("/");
        } catch (IOException e) {
            throw new IllegalStateException(path + " is not a jar of sources.", e);
        }
    }
}
