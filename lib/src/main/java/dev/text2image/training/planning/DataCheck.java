package dev.text2image.training.planning;

import dev.text2image.data.BrokenImage;
import java.io.Serializable;
import java.util.List;

/**
 * What was found in the data sets of a run before it starts.
 *
 * @param training the broken images that are left out of the training data
 * @param prior the broken images that are left out of {@code prior_data_dir}
 * @param validation the broken images that are left out of {@code validation_data_dir}
 * @param notes what is worth knowing: one sentence for each
 */
public record DataCheck(
        List<BrokenImage> training, List<BrokenImage> prior, List<BrokenImage> validation, List<String> notes)
        implements Serializable {
    /** Copies the lists. */
    public DataCheck {
        training = List.copyOf(training);
        prior = List.copyOf(prior);
        validation = List.copyOf(validation);
        notes = List.copyOf(notes);
    }
}
