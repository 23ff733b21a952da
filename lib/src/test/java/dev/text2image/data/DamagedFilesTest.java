package dev.text2image.data;

import dev.text2image.testing.Campaign;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged images, data sets, weights, configurations and tokenizers are read or refused by name, in a heap of 64 MiB. */
class DamagedFilesTest {
    @TempDir
    private Path directory;

    @Test
    void areReadOrRefusedByName() throws Exception {
        Campaign.start(DamagedFiles.class, directory);
    }
}
