package dev.text2image.data.formats;

import java.io.IOException;

/** The filters of PNG files, which make a row of samples from its differences to what is known (PNG specification, section 9). */
final class PngFilters {
    private PngFilters() {}

    /**
     * Undoes a filter.
     *
     * @param filter the filter's type, 0 to 4
     * @param bands how many bytes a pixel has
     * @param row the filtered row, which becomes the samples
     * @param above the samples of the row above, zeros above the first
     * @throws IOException if there is no such filter
     */
    static void undo(int filter, int bands, byte[] row, byte[] above) throws IOException {
        switch (filter) {
            case 0 -> {}
            case 1 -> sub(bands, row);
            case 2 -> up(row, above);
            case 3 -> average(bands, row, above);
            case 4 -> paeth(bands, row, above);
            default ->
                throw new IOException("a row has the filter " + (filter & 0xff)
                        + ", and only 0 to 4 are known, so the file is damaged");
        }
    }

    private static void sub(int bands, byte[] row) {
        for (int i = bands; i < row.length; i++) {
            row[i] += row[i - bands];
        }
    }

    private static void up(byte[] row, byte[] above) {
        for (int i = 0; i < row.length; i++) {
            row[i] += above[i];
        }
    }

    private static void average(int bands, byte[] row, byte[] above) {
        for (int i = 0; i < bands; i++) {
            row[i] += (byte) ((above[i] & 0xff) >> 1);
        }
        for (int i = bands; i < row.length; i++) {
            row[i] += (byte) (((row[i - bands] & 0xff) + (above[i] & 0xff)) >> 1);
        }
    }

    private static void paeth(int bands, byte[] row, byte[] above) {
        int single = 0;
        if (bands > 2) {
            paeth3(bands, row, above);
            single = 3;
        }
        for (int band = single; band < bands; band++) {
            paeth1(band, bands, row, above);
        }
    }

    /** Three bands at once, because each has to wait for its own last value. */
    private static void paeth3(int bands, byte[] row, byte[] above) {
        int left0 = 0;
        int left1 = 0;
        int left2 = 0;
        int corner0 = 0;
        int corner1 = 0;
        int corner2 = 0;
        for (int i = 0; i + 2 < row.length; i += bands) {
            int up0 = above[i] & 0xff;
            int up1 = above[i + 1] & 0xff;
            int up2 = above[i + 2] & 0xff;
            left0 = (row[i] + paeth(left0, up0, corner0)) & 0xff;
            left1 = (row[i + 1] + paeth(left1, up1, corner1)) & 0xff;
            left2 = (row[i + 2] + paeth(left2, up2, corner2)) & 0xff;
            row[i] = (byte) left0;
            row[i + 1] = (byte) left1;
            row[i + 2] = (byte) left2;
            corner0 = up0;
            corner1 = up1;
            corner2 = up2;
        }
    }

    private static void paeth1(int band, int bands, byte[] row, byte[] above) {
        int left = 0;
        int corner = 0;
        for (int i = band; i < row.length; i += bands) {
            int up = above[i] & 0xff;
            left = (row[i] + paeth(left, up, corner)) & 0xff;
            row[i] = (byte) left;
            corner = up;
        }
    }

    /**
     * Returns the neighbour that is nearest to {@code left + up - corner}, the first of left, up and corner among equals: the corner
     * if it lies between the other two, near their middle, else the one of them that it is farther from. Without branches, which
     * photographs make unpredictable.
     */
    private static int paeth(int left, int up, int corner) {
        int threshold = 3 * corner - up - left;
        int difference = left - up;
        int negative = difference & (difference >> 31);
        int low = up + negative;
        int high = left - negative;
        int isBelowHigh = (threshold - high) >> 31;
        int lowOrCorner = low ^ ((low ^ corner) & isBelowHigh);
        int isAboveLow = (low - threshold) >> 31;
        return high ^ ((high ^ lowOrCorner) & isAboveLow);
    }
}
