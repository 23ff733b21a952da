package dev.text2image.notebooks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;

/**
 * Runs the tests that look at JupyterLab in a real browser, which are Python because that is what drives browsers. Their
 * screenshots are kept in {@code out/screenshots}.
 */
class BrowserTest {
    @Test
    void jupyterLabShowsAndDoesWhatItsTestsSay() throws Exception {
        VirtualEnvironment.assumePresent();
        assumeTrue(
                System.getenv("TEXT2IMAGE_BROWSER") != null,
                "TEXT2IMAGE_BROWSER names no Chromium or Chrome; `./run test` sets it if it finds one.");
        var finished = VirtualEnvironment.run(
                "browser-tests", "-m", "unittest", "discover", "-v", "-s", "notebooks/src/test/python/browser");
        assertThat(finished.exitCode()).as(finished.output()).isZero();
        assertThat(finished.output()).containsPattern("Ran [1-9][0-9]* tests");
    }
}
