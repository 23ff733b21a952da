package dev.text2image.tokenizers;

import java.nio.file.Path;

/** Where the tests find the CLIP vocabulary. */
final class ClipFiles {
    /** The tokenizer directory that the project ships. */
    static final Path DIRECTORY = Path.of("..", "notebooks", "models", "clip-tokenizer");

    private ClipFiles() {}
}
