package dev.text2image.data.loading;

/** One row as the model sees it. */
final class Sample {
    private final int row;
    private final String caption;
    private final float[] pixels;

    /**
     * Creates a sample.
     *
     * @param row the row's number
     * @param caption the caption that was chosen
     * @param pixels (3, resolution, resolution) in [-1, 1]
     */
    Sample(int row, String caption, float[] pixels) {
        this.row = row;
        this.caption = caption;
        this.pixels = pixels;
    }

    int row() {
        return row;
    }

    String caption() {
        return caption;
    }

    float[] pixels() {
        return pixels;
    }
}
