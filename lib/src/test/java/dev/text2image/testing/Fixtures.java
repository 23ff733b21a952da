package dev.text2image.testing;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.text2image.io.SafeTensorsFile;
import java.nio.file.Path;
import java.util.Locale;

/** Numbers computed by Python diffusers, from lib/src/test/resources/parity. */
public final class Fixtures implements AutoCloseable {
    /** The directory of the fixtures. */
    public static final Path DIRECTORY = Path.of("src/test/resources/parity");

    private final NDManager manager;
    private final SafeTensorsFile file;

    /** Opens a file of {@link #DIRECTORY}. */
    public Fixtures(NDManager manager, String name) {
        this.manager = manager;
        this.file = SafeTensorsFile.open(DIRECTORY.resolve(name));
    }

    /** Reads a tensor. */
    public NDArray get(String name) {
        return file.read(manager, name);
    }

    /** The names of all tensors. */
    public java.util.Set<String> names() {
        return file.tensors().keySet();
    }

    @Override
    public void close() {
        file.close();
    }

    /** Asserts that all numbers differ by at most the tolerance, relative to the largest expected number where that is over 1. */
    public static void assertClose(NDArray actual, NDArray expected, double tolerance) {
        assertThat(actual.getShape()).isEqualTo(expected.getShape());
        float[] a = actual.toFloatArray();
        float[] e = expected.toFloatArray();
        double scale = 1;
        for (float x : e) {
            scale = Math.max(scale, Math.abs(x));
        }
        int worst = 0;
        for (int i = 1; i < e.length; i++) {
            if (!(Math.abs(a[i] - e[i]) <= Math.abs(a[worst] - e[worst]))) {
                worst = i;
            }
        }
        double difference = Math.abs(a[worst] - e[worst]);
        assertThat(difference)
                .as(String.format(
                        Locale.ROOT, "index %d: %g, expected %g (scale %g)", worst, a[worst], e[worst], scale))
                .isLessThanOrEqualTo(tolerance * scale);
    }
}
