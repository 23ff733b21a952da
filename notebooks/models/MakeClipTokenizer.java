import dev.text2image.tokenizers.CLIPTokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;

/** Makes the directory clip-tokenizer from OpenAI's vocabulary; clip-tokenizer/README.md says how to run it. */
public final class MakeClipTokenizer {
    private static final String SHA_256 = "924691ac288e54409236115652ad4aa250f48203de50a9e4722a6ecd48d6804a";

    private MakeClipTokenizer() {}

    /**
     * Makes the directory.
     *
     * @param arguments the vocabulary file, the directory to write
     * @throws Exception if the file cannot be read or is another one
     */
    public static void main(String[] arguments) throws Exception {
        Path vocabulary = Path.of(arguments[0]);
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(vocabulary));
        String found = HexFormat.of().formatHex(digest);
        if (!found.equals(SHA_256)) {
            throw new IllegalArgumentException(vocabulary + " has the SHA-256 " + found + ", expected " + SHA_256);
        }
        CLIPTokenizer.fromBpeVocabulary(vocabulary).save(Path.of(arguments[1]));
    }
}
