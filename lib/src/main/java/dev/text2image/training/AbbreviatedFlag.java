package dev.text2image.training;

import dev.text2image.io.InvalidInputException;
import java.util.Collection;
import java.util.List;

/** Names of flags that are cut short, as Python's argparse takes them. */
public final class AbbreviatedFlag {
    private AbbreviatedFlag() {}

    /**
     * Writes a name out.
     *
     * @param name a name without hyphens, perhaps only its beginning
     * @param known the names of all flags, likewise
     * @return the only known name that begins so; the name itself if it is known, or if none begins so
     * @throws InvalidInputException if several known names begin so; the message lists them
     */
    public static String whole(String name, Collection<String> known) {
        List<String> candidates =
                known.stream().filter(whole -> whole.startsWith(name)).toList();
        if (candidates.isEmpty() || candidates.contains(name)) {
            return name;
        }
        if (candidates.size() > 1) {
            throw new InvalidInputException(
                    "--" + name + " may be --" + String.join(", --", candidates) + "; write more of the name.");
        }
        return candidates.get(0);
    }
}
