package dev.text2image.data.images;

import dev.text2image.io.InvalidInputException;
import java.util.Arrays;
import java.util.Locale;

/** How pixels are interpolated when an image is resized; the names and the results are those of torchvision on Pillow images. */
public enum Interpolation {
    /** The nearest pixel. */
    NEAREST(0),
    /** The same as {@link #NEAREST}, as in torchvision. */
    NEAREST_EXACT(0),
    /** A triangle that covers 2 pixels. */
    BILINEAR(1),
    /** Cubic convolution with a = -0.5 that covers 4 pixels. */
    BICUBIC(2),
    /** The mean of the pixels that are covered. */
    BOX(0.5),
    /** A sharper window of the size of {@link #BILINEAR}. */
    HAMMING(1),
    /** A windowed sinc with a = 3 that covers 6 pixels; the default of training. */
    LANCZOS(3);

    private final double support;

    Interpolation(double support) {
        this.support = support;
    }

    /**
     * Finds an interpolation by its name in torchvision and on the command line.
     *
     * @param name for example {@code "lanczos"} or {@code "nearest-exact"}, in upper or lower case
     * @return the interpolation
     * @throws InvalidInputException if there is none of that name
     */
    public static Interpolation of(String name) {
        String constant = name.trim().toUpperCase(Locale.ROOT).replace('-', '_');
        return Arrays.stream(values())
                .filter(value -> value.name().equals(constant))
                .findFirst()
                .orElseThrow(() -> new InvalidInputException("There is no interpolation \"" + name
                        + "\"; choose one of " + Arrays.toString(values()).toLowerCase(Locale.ROOT) + "."));
    }

    /** Returns the radius of the filter in output pixels; 0 for the nearest pixel, which has no filter. */
    double support() {
        return support;
    }

    /** Returns the filter's weight at a distance in pixels. */
    double weight(double x) {
        return switch (this) {
            case NEAREST, NEAREST_EXACT -> throw new IllegalStateException("The nearest pixel has no filter.");
            case BILINEAR -> Math.max(0, 1 - Math.abs(x));
            case BICUBIC -> bicubic(Math.abs(x));
            case BOX -> x > -0.5 && x <= 0.5 ? 1 : 0;
            case HAMMING -> hamming(Math.abs(x));
            case LANCZOS -> x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
        };
    }

    private static double bicubic(double x) {
        double a = -0.5;
        if (x < 1) {
            return ((a + 2) * x - (a + 3)) * x * x + 1;
        }
        return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
    }

    /** Pillow writes the two constants in single precision. */
    private static double hamming(double x) {
        if (x == 0) {
            return 1;
        }
        return x >= 1 ? 0 : Math.sin(x * Math.PI) / (x * Math.PI) * (0.54f + 0.46f * Math.cos(x * Math.PI));
    }

    private static double sinc(double x) {
        return x == 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
    }
}
