package dev.text2image.tokenizers;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * The characters that stand for the 256 bytes in a byte-level vocabulary.
 *
 * <p>A byte that is a printable character in Latin-1 stands for itself; the 68 others take the code points from 256 on, in
 * order. So no token holds a space or a control character.
 *
 * @see <a href="https://github.com/openai/gpt-2">where the alphabet comes from</a>
 */
final class ByteAlphabet {
    private static final int BYTES = 256;
    private static final char[] SYMBOLS = new char[BYTES];
    private static final int[] BYTE_OF = new int[2 * BYTES];

    static {
        Arrays.fill(BYTE_OF, -1);
        char next = BYTES;
        for (int value = 0; value < BYTES; value++) {
            char symbol = isPrintable(value) ? (char) value : next++;
            SYMBOLS[value] = symbol;
            BYTE_OF[symbol] = value;
        }
    }

    private ByteAlphabet() {}

    /** Spells the UTF-8 bytes of a text; half of a surrogate pair becomes a question mark. */
    static String encode(String text) {
        StringBuilder symbols = new StringBuilder();
        for (byte value : text.getBytes(StandardCharsets.UTF_8)) {
            symbols.append(SYMBOLS[Byte.toUnsignedInt(value)]);
        }
        return symbols.toString();
    }

    /** Reads bytes back to a text; bytes that are not UTF-8 become U+FFFD, characters outside of the alphabet stay. */
    static String decode(String symbols) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        symbols.codePoints().forEach(symbol -> {
            if (symbol < BYTE_OF.length && BYTE_OF[symbol] >= 0) {
                bytes.write(BYTE_OF[symbol]);
            } else {
                bytes.writeBytes(Character.toString(symbol).getBytes(StandardCharsets.UTF_8));
            }
        });
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** Lists the symbols in the order of CLIP's vocabulary: those that stand for themselves first. */
    static List<String> inVocabularyOrder() {
        return new String(SYMBOLS)
                .chars()
                .sorted()
                .mapToObj(symbol -> String.valueOf((char) symbol))
                .toList();
    }

    private static boolean isPrintable(int value) {
        return (value >= '!' && value <= '~') || (value >= 0xA1 && value <= 0xAC) || value >= 0xAE;
    }
}
