package dev.text2image.training.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The committed reference of the flags. */
class FlagsDocumentTest {
    @Test
    void theCommittedReferenceIsNotStale() throws IOException {
        assertThat(Files.readString(Path.of("FLAGS.md")))
                .as("lib/FLAGS.md is stale; renew it with: ./run flags lib/FLAGS.md")
                .isEqualToNormalizingNewlines(FlagsDocument.markdown());
    }
}
