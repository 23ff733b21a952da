package dev.text2image.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Lets repo2docker, which mybinder.org runs, read the directory {@code binder}. */
class BinderTest {
    @Test
    void repo2dockerAcceptsTheRepository() throws Exception {
        VirtualEnvironment.assumePresent();
        var finished = VirtualEnvironment.run(
                "binder-tests", "-m", "unittest", "discover", "-v", "-s", "notebooks/src/test/python/binder");
        assertThat(finished.exitCode()).as(finished.output()).isZero();
        assertThat(finished.output()).containsPattern("Ran [1-9][0-9]* tests");
    }
}
