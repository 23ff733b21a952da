package dev.text2image.training.optim;

import java.util.Arrays;

/**
 * The 256 numbers in [-1, 1] that an 8-bit code can stand for under dynamic quantisation (Dettmers, 2015; bitsandbytes,
 * functional.py:create_dynamic_map).
 *
 * <p>Each of seven powers of ten has twice as many equally spaced numbers as the next smaller one, so that small numbers keep their order
 * of magnitude and large ones their digits. The numbers differ from those of bitsandbytes by rounding, two units in the last place at
 * most, as torch.linspace rounds differently on different processors.
 */
final class QuantizationMap {
    private static final int DECADES = 7;

    private QuantizationMap() {}

    /** The map for numbers of both signs, ascending. */
    static float[] signed() {
        return map(true);
    }

    /** The map for numbers of at least zero, ascending. */
    static float[] unsigned() {
        return map(false);
    }

    private static float[] map(boolean signed) {
        float[] map = new float[256];
        int size = 0;
        for (int decade = 0; decade < DECADES; decade++) {
            int count = (signed ? 1 : 2) << decade;
            for (int i = 0; i < count; i++) {
                double middle = 0.1 + 0.9 * (i + 0.5) / count;
                float value = (float) (Math.pow(10, decade - (DECADES - 1)) * middle);
                map[size++] = value;
                if (signed) {
                    map[size++] = -value;
                }
            }
        }
        map[size++] = 0;
        map[size] = 1;
        Arrays.sort(map);
        return map;
    }

    /** The numbers half-way between neighbours of a map, one fewer: a number belongs to the code of how many of them lie below it. */
    static float[] bounds(float[] map) {
        float[] bounds = new float[map.length - 1];
        for (int i = 0; i < bounds.length; i++) {
            bounds[i] = (map[i] + map[i + 1]) / 2;
        }
        return bounds;
    }
}
