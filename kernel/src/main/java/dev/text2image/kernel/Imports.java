package dev.text2image.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.dflib.jjava.jupyter.kernel.BaseKernel;

/** The imports that every notebook starts with; they are listed in {@code imports.txt}. */
final class Imports {
    private Imports() {}

    static void add(BaseKernel kernel) {
        kernel.evalBuilder(
                        available().stream().map(name -> "import " + name + ";").collect(Collectors.joining("\n")))
                .eval();
    }

    /** The listed names that exist, since JShell refuses to import others. */
    static List<String> available() {
        return listed().stream().filter(Imports::exists).toList();
    }

    static List<String> listed() {
        try (InputStream in = Objects.requireNonNull(Imports.class.getResourceAsStream("imports.txt"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static boolean exists(String name) {
        ClassLoader loader = Imports.class.getClassLoader();
        if (name.endsWith(".*")) {
            String path = name.substring(0, name.length() - 1).replace('.', '/');
            return name.startsWith("java.") || loader.getResource(path) != null;
        }
        return loader.getResource(name.replace('.', '/') + ".class") != null;
    }
}
