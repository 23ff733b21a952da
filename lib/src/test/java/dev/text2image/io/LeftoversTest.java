package dev.text2image.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.text2image.testing.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeftoversTest {
    @TempDir
    private Path directory;

    /** Stops in the middle of a write, as a kill does. */
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) {
            Path output = Path.of(arguments[0]);
            AtomicFiles.writeDirectory(output.resolve("checkpoint-2"), place -> {
                Files.writeString(place.resolve("half"), "");
                AtomicFiles.writeFile(output.resolve("history.csv"), file -> {
                    Files.writeString(file, "half");
                    Runtime.getRuntime().halt(1);
                });
            });
        }
    }

    @Test
    void whatADeadProcessWroteGoesAndAnythingElseStays() throws Exception {
        List<Path> kept = new ArrayList<>();
        kept.add(Files.createDirectory(directory.resolve("checkpoint-1")));
        kept.add(Files.writeString(directory.resolve(".tmp-notes-1"), "a person's"));
        Process child = ChildJvm.of(List.of(), Child.class, directory.toString())
                .inheritIO()
                .start();
        assertThat(child.waitFor()).isOne();
        assertThat(entries()).hasSize(4);
        AtomicFiles.writeDirectory(directory.resolve("checkpoint-3"), place -> {
            Leftovers.recover(directory);
            assertThat(entries()).hasSize(3).contains(place).containsAll(kept);
        });
    }

    @Test
    void aDirectoryThatWasToBeReplacedComesBack() throws IOException {
        Path lost = directory.resolve("checkpoint-1");
        Path there = Files.createDirectory(directory.resolve("checkpoint-2"));
        long noProcess = 999_999_999_999L;
        for (Path target : List.of(lost, there)) {
            Path old = directory.resolve(".old-" + target.getFileName() + "-" + noProcess + ".1-0a1b2c3d");
            Files.writeString(Files.createDirectory(old).resolve("weights"), "");
        }
        Leftovers.recover(directory);
        assertThat(entries()).containsExactlyInAnyOrder(lost, there);
        assertThat(lost.resolve("weights")).exists();
        assertThat(there.resolve("weights")).doesNotExist();
    }

    @Test
    void aLivingProcessWithTheNumberOfADeadOneKeepsNothing() throws IOException {
        long own = ProcessHandle.current().pid();
        Files.writeString(directory.resolve(".tmp-history.csv-" + own + ".1-0a1b2c3d"), "");
        Leftovers.recover(directory);
        assertThat(entries()).isEmpty();
    }

    private List<Path> entries() throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.toList();
        }
    }
}
