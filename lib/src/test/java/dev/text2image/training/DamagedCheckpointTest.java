package dev.text2image.training;

import dev.text2image.testing.Campaign;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged checkpoints are read or refused by name, in a heap of 64 MiB. */
class DamagedCheckpointTest {
    @TempDir
    private Path directory;

    @Test
    void isReadOrRefusedByName() throws Exception {
        Campaign.start(DamagedCheckpoint.class, directory);
    }
}
