package dev.text2image.testing;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Objects;

/** Finds the files that tests read. */
public final class TestFiles {
    private TestFiles() {}

    /** Returns a test resource as a file. */
    public static Path resource(String name) {
        URL url = Objects.requireNonNull(TestFiles.class.getClassLoader().getResource(name), name);
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the captioned emoji of the notebooks. */
    public static Path emoji() {
        return data("noto-emoji");
    }

    /** Returns a data set of the notebooks, or a file of one. */
    public static Path data(String name) {
        return Path.of("..", "notebooks", "data").resolve(name);
    }
}
