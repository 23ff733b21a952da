package dev.text2image.training.config;

import dev.text2image.hub.AccessToken;
import dev.text2image.io.InvalidInputException;
import dev.text2image.training.config.Flag.Group;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whether and where the result of a run is published. It is no part of {@link TrainingConfig}, which is written beside the model: a
 * token stands in no file, and a run that goes on publishes only if it is told so again.
 *
 * @param pushToHub whether the result is published
 * @param hubModelId its name on the hub; null for that of the output directory
 * @param hubPrivateRepo whether the repository is made for few people only
 * @param hubToken the token; null for that of the environment
 */
public record HubFlags(
        @Flag(group = Group.HUB, value = "put the result on the Hugging Face hub at the end of the run")
        boolean pushToHub,

        @Flag(
                group = Group.HUB,
                value =
                        "its name there, namespace/name or name; by default that of output_dir, under the token's account")
        @Nullable
        String hubModelId,

        @Flag(group = Group.HUB, value = "make the repository private if it is new; refuse a public one")
        boolean hubPrivateRepo,

        @Flag(
                group = Group.HUB,
                value = "token with the right to write; the variable HF_TOKEN is safer, as others see a command line")
        @Nullable
        AccessToken hubToken) {
    /** Nothing is published. */
    public static final HubFlags NONE = new HubFlags(false, null, false, null);

    private static final List<TrainingFlag> ALL = Arrays.stream(HubFlags.class.getRecordComponents())
            .map(TrainingFlag::of)
            .toList();

    /**
     * Lists the flags.
     *
     * @return one for each component
     */
    public static List<TrainingFlag> all() {
        return ALL;
    }

    /**
     * Takes the values out of texts as they are typed on a command line.
     *
     * @param texts what was typed for each flag, by its name without hyphens; these flags are removed
     * @return the values
     * @throws InvalidInputException if one cannot be used; the message repeats none, as a token may be among them
     */
    public static HubFlags take(Map<String, List<String>> texts) {
        return new HubFlags(
                isSet(texts, "push_to_hub"),
                value(texts, "hub_model_id"),
                isSet(texts, "hub_private_repo"),
                AccessToken.of(value(texts, "hub_token"), "--hub_token").orElse(null));
    }

    private static @Nullable String value(Map<String, List<String>> texts, String name) {
        List<String> given = texts.remove(name);
        if (given != null && given.size() != 1) {
            throw new InvalidInputException(name + " takes one value, but was given " + given.size() + ".");
        }
        return given == null ? null : given.get(0);
    }

    private static boolean isSet(Map<String, List<String>> texts, String name) {
        List<String> given = texts.remove(name);
        if (given != null && !given.isEmpty() && !given.equals(List.of("true")) && !given.equals(List.of("false"))) {
            throw new InvalidInputException(name + " is a switch and takes no value.");
        }
        return given != null && !given.equals(List.of("false"));
    }
}
