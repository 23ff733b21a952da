package dev.text2image.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Lets a notebook train from names of a hub on this machine and publish there, with answers to its questions, by Python. */
class PublishingTest {
    @Test
    void theNotebookPublishesWhatItTrainedFromNames() throws Exception {
        VirtualEnvironment.assumePresent();
        var finished = VirtualEnvironment.run(
                "publishing-tests", "-m", "unittest", "discover", "-v", "-s", "notebooks/src/test/python/publishing");
        assertThat(finished.exitCode()).as(finished.output()).isZero();
        assertThat(finished.output()).containsPattern("Ran [1-9][0-9]* tests?");
    }
}
