package dev.text2image.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Runs the tests of the launcher and of the running kernel, which are Python because that is what talks to kernels. */
class KernelTest {
    @Test
    void theLauncherAndTheKernelDoWhatTheirTestsSay() throws Exception {
        VirtualEnvironment.assumePresent();
        var finished =
                VirtualEnvironment.run("kernel-tests", "-m", "unittest", "discover", "-v", "-s", "kernel/python/tests");
        assertThat(finished.exitCode()).as(finished.output()).isZero();
        assertThat(finished.output()).containsPattern("Ran [1-9][0-9]* tests");
    }
}
