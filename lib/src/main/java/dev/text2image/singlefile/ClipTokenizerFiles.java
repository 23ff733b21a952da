package dev.text2image.singlefile;

import com.google.gson.JsonObject;
import dev.text2image.io.AtomicFiles;
import dev.text2image.io.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** The tokenizer of CLIP, which this library brings along. */
final class ClipTokenizerFiles {
    private static final String CONFIG = "tokenizer_config.json";
    private static final String SPECIAL = "special_tokens_map.json";
    /** The token with the id 0. */
    private static final String EXCLAMATION_MARK = "!";

    private ClipTokenizerFiles() {}

    static void write(Path target, boolean padsWithZeros) {
        AtomicFiles.writeDirectory(target, place -> {
            for (String name : List.of("vocab.json", "merges.txt", CONFIG, SPECIAL)) {
                copy(name, place);
            }
            if (padsWithZeros) {
                pad(place.resolve(CONFIG));
                pad(place.resolve(SPECIAL));
            }
        });
    }

    private static void copy(String name, Path place) throws IOException {
        try (InputStream in =
                Objects.requireNonNull(ClipTokenizerFiles.class.getResourceAsStream("/clip-tokenizer/" + name), name)) {
            Files.copy(in, place.resolve(name));
        }
    }

    private static void pad(Path file) {
        JsonObject json = Json.readObject(file);
        json.addProperty("pad_token", EXCLAMATION_MARK);
        Json.write(file, json);
    }
}
