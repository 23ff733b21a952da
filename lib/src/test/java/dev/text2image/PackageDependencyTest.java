package dev.text2image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The rule of CONTRIBUTING.md: a package uses only those below it, and only {@code torch} touches DJL's engine. */
class PackageDependencyTest {
    private static final Path SOURCES = Path.of("src/main/java/dev/text2image");
    private static final Path KERNEL = Path.of("../kernel").resolve(SOURCES);
    private static final List<String> TOP_DOWN = List.of(
            "kernel.repl",
            "kernel.repl.completion",
            "kernel.repl.errors",
            "kernel.repl.cells",
            "kernel.repl.replies",
            "kernel",
            "kernel.magics",
            "kernel.views",
            "kernel.stop",
            "kernel.docs",
            "cli",
            "notebook",
            "publishing",
            "plots",
            "training",
            "training.parallel",
            "training.planning",
            "training.caching",
            "training.records",
            "training.commands",
            "training.config",
            "training.objectives",
            "training.optim",
            "trackers",
            "evaluation",
            "pipelines",
            "singlefile",
            "lora",
            "data.loading",
            "data",
            "data.formats",
            "data.images",
            "schedulers.samplers",
            "schedulers",
            "models",
            "models.networks",
            "tokenizers",
            "nn.speed",
            "nn.graph",
            "nn",
            "hub.upload",
            "hub",
            "io",
            "torch",
            "progress");
    private static final Pattern IMPORT =
            Pattern.compile("^import (?:static )?dev\\.text2image\\.([a-z0-9.]+)\\.[A-Z*]", Pattern.MULTILINE);

    private record Source(String packageName, Path file, String text) {
        static Source of(Path sources, Path file) {
            try {
                String directory = String.valueOf(sources.relativize(file).getParent());
                return new Source(
                        directory.replace(file.getFileSystem().getSeparator(), "."), file, Files.readString(file));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static List<Source> sources() throws IOException {
        List<Source> sources = new ArrayList<>();
        for (Path root : List.of(SOURCES, KERNEL)) {
            try (Stream<Path> files = Files.walk(root)) {
                files.filter(file -> file.toString().endsWith(".java"))
                        .filter(file -> root.relativize(file).getNameCount() > 1)
                        .forEach(file -> sources.add(Source.of(root, file)));
            }
        }
        return sources;
    }

    @Test
    void packagesUseOnlyThoseBelowThem() throws IOException {
        for (Source source : sources()) {
            int own = TOP_DOWN.indexOf(source.packageName());
            assertThat(own).as("%s is on the map", source.packageName()).isNotNegative();
            Matcher imports = IMPORT.matcher(source.text());
            while (imports.find()) {
                assertThat(TOP_DOWN.indexOf(imports.group(1)))
                        .as("%s uses %s", source.file(), imports.group(1))
                        .isGreaterThanOrEqualTo(own);
            }
        }
    }

    @Test
    void onlyTorchTouchesTheEngine() throws IOException {
        assertThat(sources())
                .filteredOn(source -> source.text().contains("ai.djl.pytorch"))
                .extracting(Source::packageName)
                .containsOnly("torch");
    }
}
