package dev.text2image.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFilesTest {
    @TempDir
    private Path directory;

    @Test
    void writesAndReplacesAFile() throws IOException {
        Path file = directory.resolve("a/b/file.txt");
        AtomicFiles.writeString(file, "old");
        AtomicFiles.writeString(file, "new");
        assertThat(file).hasContent("new");
        assertThat(directory.resolve("a/b")).isDirectoryNotContaining(path -> !path.equals(file));
    }

    @Test
    void aBodyThatFailsLeavesTheOldFileAndNothingElse() {
        Path file = directory.resolve("file.txt");
        AtomicFiles.writeString(file, "old");
        assertThatThrownBy(() -> AtomicFiles.writeFile(file, place -> {
                    Files.writeString(place, "half");
                    throw new IOException("No space left on device");
                }))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("No space left");
        assertThat(file).hasContent("old");
        assertThat(directory).isDirectoryNotContaining(path -> !path.equals(file));
    }

    @Test
    void aDirectoryAppearsWhenItIsComplete() {
        Path target = directory.resolve("checkpoint-5");
        AtomicFiles.writeDirectory(target, place -> {
            assertThat(place.getParent()).isEqualTo(target.getParent());
            assertThat(String.valueOf(place.getFileName())).startsWith(".tmp-checkpoint-5-");
            Files.createDirectories(place.resolve("unet"));
            Files.writeString(place.resolve("unet/config.json"), "{}");
            assertThat(target).doesNotExist();
        });
        assertThat(target.resolve("unet/config.json")).hasContent("{}");
        assertThat(directory).isDirectoryNotContaining(path -> !path.equals(target));
    }

    @Test
    void aDirectoryReplacesAnotherAsAWhole() {
        Path target = directory.resolve("model");
        AtomicFiles.writeDirectory(target, place -> Files.writeString(place.resolve("old"), ""));
        AtomicFiles.writeDirectory(target, place -> Files.writeString(place.resolve("new"), ""));
        assertThat(target).isDirectoryContaining("glob:**new").isDirectoryNotContaining("glob:**old");
        assertThat(directory).isDirectoryNotContaining(path -> !path.equals(target));
    }

    @Test
    void aDirectoryThatFailsLeavesTheOldOneAndNothingElse() {
        Path target = directory.resolve("model");
        AtomicFiles.writeDirectory(target, place -> Files.writeString(place.resolve("old"), ""));
        assertThatThrownBy(() -> AtomicFiles.writeDirectory(target, place -> {
                    Files.writeString(place.resolve("new"), "");
                    throw new IllegalStateException("interrupted");
                }))
                .isInstanceOf(IllegalStateException.class);
        assertThat(target).isDirectoryContaining("glob:**old").isDirectoryNotContaining("glob:**new");
        assertThat(directory).isDirectoryNotContaining(path -> !path.equals(target));
    }

    @Test
    void deletingFollowsNoLinks() throws IOException {
        Path kept = Files.createDirectory(directory.resolve("kept"));
        Files.writeString(kept.resolve("file"), "");
        Path deleted = Files.createDirectories(directory.resolve("deleted/deep"));
        Files.createSymbolicLink(deleted.resolve("link"), kept);
        AtomicFiles.deleteRecursively(directory.resolve("deleted"));
        AtomicFiles.deleteRecursively(directory.resolve("deleted"));
        assertThat(directory.resolve("deleted")).doesNotExist();
        assertThat(kept.resolve("file")).exists();
    }
}
