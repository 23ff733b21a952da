package dev.text2image.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.text2image.testing.ChildJvm;
import dev.text2image.testing.TestFiles;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a process that reads Parquet files leaves in the temporary directory when it is killed. */
class ByteStoreTest {
    @TempDir
    private Path directory;

    /** Opens data sets, says so and waits to be killed. */
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) throws Exception {
            for (String file : arguments) {
                CaptionedDataset dataset = CaptionedDataset.open(Path.of(file));
                System.out.println("image of " + dataset.row(0).name());
            }
            System.in.read();
        }
    }

    @Test
    void aKilledProcessLeavesNothing() throws Exception {
        Path left = Files.writeString(directory.resolve("text2image-123.images"), "of an earlier process");
        Path other = Files.writeString(directory.resolve("text2image-notes.txt"), "a person's");
        Process child = ChildJvm.of(
                        List.of("-Djava.io.tmpdir=" + directory),
                        Child.class,
                        TestFiles.resource("parity/parquet/plain-binary.parquet")
                                .toString(),
                        "../notebooks/data/noto-emoji/data/validation-00000-of-00001.parquet")
                .start();
        try (BufferedReader out = child.inputReader(StandardCharsets.UTF_8)) {
            assertThat(out.readLine()).startsWith("image of ");
            assertThat(out.readLine()).startsWith("image of ");
        } finally {
            child.destroyForcibly().waitFor();
        }
        assertThat(left).doesNotExist();
        try (Stream<Path> names = Files.list(directory)) {
            assertThat(names.toList()).isEqualTo(List.of(other));
        }
    }
}
