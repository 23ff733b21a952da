package dev.text2image.evaluation;

/**
 * What a picture looks like whatever it shows: how much of it is not white, how bright and colourful that is, its colours, and how
 * strong and how sudden its changes of brightness are.
 */
final class StyleFeatures {
    private static final double WHITE = 0.95;
    private static final int COLOR_LEVELS = 4;
    private static final int COLORS = COLOR_LEVELS * COLOR_LEVELS * COLOR_LEVELS;
    /** Limits between the bins of changes of brightness, which goes from 0 to 1. */
    private static final double[] CHANGES = {0.01, 0.02, 0.04, 0.08, 0.16, 0.32};

    private static final int SUMMARY = 5;
    private static final int SLOPES = SUMMARY + COLORS;
    private static final int BENDS = SLOPES + CHANGES.length + 1;
    private static final int COUNT = BENDS + CHANGES.length + 1;

    private final float[] pixels;
    private final int edge;

    private StyleFeatures(float[] pixels, int edge) {
        this.pixels = pixels;
        this.edge = edge;
    }

    /**
     * Measures a picture.
     *
     * @param pixels (3, edge, edge) in [-1, 1]
     * @param edge its width and height
     * @return the features, each about from 0 to 1
     */
    static double[] of(float[] pixels, int edge) {
        return new StyleFeatures(pixels, edge).measure();
    }

    private double[] measure() {
        double[] features = new double[COUNT];
        int ink = 0;
        for (int y = 0; y < edge; y++) {
            for (int x = 0; x < edge; x++) {
                if (darkest(x, y) < WHITE) {
                    ink++;
                    add(features, x, y);
                }
            }
        }
        int area = edge * edge;
        for (int i = 1; i < COUNT; i++) {
            features[i] /= Math.max(1, ink);
        }
        features[0] = (double) ink / area;
        features[2] = Math.sqrt(Math.max(0, features[2] - features[1] * features[1]));
        features[4] = Math.sqrt(Math.max(0, features[4] - features[3] * features[3]));
        for (int i = SUMMARY; i < COUNT; i++) {
            features[i] = Math.sqrt(features[i]); // evens out that a few bins hold nearly all
        }
        return features;
    }

    private void add(double[] features, int x, int y) {
        double brightness = brightness(x, y);
        double spread = brightest(x, y) - darkest(x, y);
        features[1] += brightness;
        features[2] += brightness * brightness;
        features[3] += spread;
        features[4] += spread * spread;
        features[SUMMARY + (level(0, x, y) * COLOR_LEVELS + level(1, x, y)) * COLOR_LEVELS + level(2, x, y)]++;
        double left = brightness(Math.max(0, x - 1), y);
        double right = brightness(Math.min(edge - 1, x + 1), y);
        double above = brightness(x, Math.max(0, y - 1));
        double below = brightness(x, Math.min(edge - 1, y + 1));
        features[SLOPES + bin(Math.hypot(right - left, below - above) / 2)]++;
        features[BENDS + bin(Math.abs(left + right + above + below - 4 * brightness) / 4)]++;
    }

    private static int bin(double change) {
        int bin = 0;
        while (bin < CHANGES.length && change >= CHANGES[bin]) {
            bin++;
        }
        return bin;
    }

    private int level(int channel, int x, int y) {
        return Math.min(COLOR_LEVELS - 1, (int) (value(channel, x, y) * COLOR_LEVELS));
    }

    private double brightness(int x, int y) {
        return 0.299 * value(0, x, y) + 0.587 * value(1, x, y) + 0.114 * value(2, x, y);
    }

    private double darkest(int x, int y) {
        return Math.min(value(0, x, y), Math.min(value(1, x, y), value(2, x, y)));
    }

    private double brightest(int x, int y) {
        return Math.max(value(0, x, y), Math.max(value(1, x, y), value(2, x, y)));
    }

    /** In [0, 1]. */
    private double value(int channel, int x, int y) {
        return (pixels[(channel * edge + y) * edge + x] + 1) / 2;
    }
}
