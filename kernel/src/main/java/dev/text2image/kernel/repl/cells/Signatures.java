package dev.text2image.kernel.repl.cells;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes signatures and messages of the compiler readable. */
public final class Signatures {
    private static final Pattern QUALIFIED = Pattern.compile("\\b(?:[a-z_][\\w]*\\.)+(?<name>[A-Z][\\w.]*)");

    private Signatures() {}

    /**
     * Leaves the packages of classes out, unless two classes would get the same name.
     *
     * @param text a signature or message
     * @return the shorter text
     */
    public static String shorten(String text) {
        Map<String, String> full = new HashMap<>();
        Matcher matcher = QUALIFIED.matcher(text);
        while (matcher.find()) {
            String previous = full.put(matcher.group("name"), matcher.group());
            if (previous != null && !previous.equals(matcher.group())) {
                return text;
            }
        }
        return QUALIFIED.matcher(text).replaceAll("${name}");
    }
}
