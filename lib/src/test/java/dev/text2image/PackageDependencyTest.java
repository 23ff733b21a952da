package dev.text2image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The rule of CONTRIBUTING.md: a package uses only those below it, and only {@code torch} touches DJL's engine. */
class PackageDependencyTest {
    private static final Path SOURCES = Path.of("src/main/java/dev/text2image");
    private static final List<String> TOP_DOWN = List.of(
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
            "data",
            "schedulers.samplers",
            "schedulers",
            "models",
            "tokenizers",
            "nn",
            "hub.upload",
            "hub",
            "io",
            "torch",
            "progress");
    private static final Pattern IMPORT =
            Pattern.compile("^import (?:static )?dev\\.text2image\\.([a-z0-9.]+)\\.[A-Z*]", Pattern.MULTILINE);

    private record Source(String packageName, Path file, String text) {
        static Source of(Path file) {
            try {
                String directory = String.valueOf(SOURCES.relativize(file).getParent());
                return new Source(
                        directory.replace(file.getFileSystem().getSeparator(), "."), file, Files.readString(file));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static List<Source> sources() throws IOException {
        try (Stream<Path> files = Files.walk(SOURCES)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> SOURCES.relativize(file).getNameCount() > 1)
                    .map(Source::of)
                    .toList();
        }
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
