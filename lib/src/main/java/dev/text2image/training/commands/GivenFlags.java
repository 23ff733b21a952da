package dev.text2image.training.commands;

import dev.text2image.io.InvalidInputException;
import dev.text2image.io.NearestName;
import dev.text2image.training.config.FlagWithoutEffect;
import dev.text2image.training.config.HubFlags;
import dev.text2image.training.config.TrainingFlag;
import dev.text2image.training.config.TrainingFlags;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The flags of a command line with their values, as Python's argparse would take them. Values are never repeated in a message: a
 * token may be among them.
 *
 * @param texts the values of each flag with an effect that is given, by its name
 * @param notes what a person should know about the others
 */
record GivenFlags(Map<String, List<String>> texts, List<String> notes) {
    /** A flag, with its value if it is part of the word. */
    static final Pattern FLAG = Pattern.compile("--([A-Za-z][^=\\s]*)(?:=(.*))?", Pattern.DOTALL);

    /**
     * Sorts words into flags and their values.
     *
     * @param words flags as {@code --name value} or {@code --name=value}; a name may be cut short where only one begins so
     * @throws InvalidInputException if a flag is unknown or cut too short, or a value follows none
     */
    static GivenFlags read(List<String> words) {
        Map<String, List<String>> texts = new LinkedHashMap<>();
        Set<String> repeated = new LinkedHashSet<>();
        List<String> current = null;
        for (String word : words) {
            Matcher flag = FLAG.matcher(word);
            if (flag.matches()) {
                current = new ArrayList<>();
                String name = known(flag.group(1));
                if (texts.put(name, current) != null) {
                    repeated.add(name);
                }
                word = flag.group(2);
            }
            if (current == null) {
                throw new InvalidInputException("A value stands before the first flag; flags begin with two hyphens.");
            }
            if (word != null) {
                current.add(word);
            }
        }
        return withoutIdleFlags(texts, repeated);
    }

    private static GivenFlags withoutIdleFlags(Map<String, List<String>> texts, Set<String> repeated) {
        List<String> notes = new ArrayList<>();
        repeated.forEach(name -> notes.add(name + " is given more than once; the last one counts."));
        for (FlagWithoutEffect flag : FlagWithoutEffect.values()) {
            if (texts.remove(flag.flagName()) != null) {
                notes.add(flag.flagName() + " has no effect: " + flag.reason() + ".");
            }
        }
        return new GivenFlags(texts, notes);
    }

    /** Returns the whole name of a flag that may be abbreviated. */
    private static String known(String name) {
        List<String> known = Stream.concat(
                        Stream.concat(TrainingFlags.all().stream(), HubFlags.all().stream())
                                .map(TrainingFlag::name),
                        Stream.of(FlagWithoutEffect.values()).map(FlagWithoutEffect::flagName))
                .toList();
        String whole = AbbreviatedFlag.whole(name, known);
        if (!known.contains(whole)) {
            throw new InvalidInputException("There is no flag --" + name + NearestName.suggestion(name, "--", known));
        }
        return whole;
    }
}
