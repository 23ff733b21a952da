package dev.text2image.evaluation;

import dev.text2image.io.InvalidInputException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * What a model was made of: the pictures of its base model, and those that it was fine-tuned to.
 *
 * @param base what the base model was trained on
 * @param style the pictures of the new style, those that were trained on and others
 * @param heldOut pictures of the base and of the new style that neither model was trained on, to set the limit between them, or none
 * @param trained the captions of {@code style} that were trained on
 * @param wording how the fine-tuning words them, as {@code captionTemplate} does
 */
public record FineTuningData(
        ReferenceSet base,
        ReferenceSet style,
        List<Pictures> heldOut,
        List<String> trained,
        UnaryOperator<String> wording) {
    /**
     * Copies the lists.
     *
     * @throws InvalidInputException if none of the captions of both sets is left that was not trained on
     */
    public FineTuningData {
        heldOut = List.copyOf(heldOut);
        trained = List.copyOf(trained);
        if (notTrainedOn(base, style, trained).isEmpty()) {
            throw new InvalidInputException("All captions that " + base.name() + " and " + style.name()
                    + " both have were trained on; leave some out, to see what becomes of them.");
        }
    }

    /**
     * Lists the captions that both sets have and that were not trained on.
     *
     * @return at least one caption, in alphabetical order
     */
    public List<String> notTrainedOn() {
        return notTrainedOn(base, style, trained);
    }

    private static List<String> notTrainedOn(ReferenceSet base, ReferenceSet style, List<String> trained) {
        Set<String> both = new HashSet<>(style.pictures().captions());
        both.retainAll(base.pictures().captions());
        trained.forEach(both::remove);
        return both.stream().sorted().toList();
    }
}
