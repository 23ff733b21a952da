package dev.text2image.schedulers;

/**
 * How the timesteps of a sampling run are spread over those of training, in the hub's field {@code timestep_spacing}; see table 2
 * of arXiv 2305.08891.
 */
public enum TimestepSpacing implements JsonNamed {
    /** Evenly from the last timestep to 0, both included. */
    LINSPACE,
    /** Multiples of a whole stride, from 0 upwards, plus {@code steps_offset}; the last timestep is not included. */
    LEADING,
    /**
     * Evenly downwards from the last timestep, which is included; the right choice for a zero terminal SNR. For some counts (61 of
     * 1000 is one) diffusers adds a timestep of -1 at the end by a rounding error; this does not.
     */
    TRAILING;

    /**
     * Spreads the timesteps of a run.
     *
     * @param count how many, from 1 to {@code trainTimesteps}
     * @param trainTimesteps the number of timesteps in training
     * @param offset what {@link #LEADING} adds to each
     * @return the timesteps, descending; fractions with {@link #LINSPACE}, else whole numbers
     */
    public double[] timesteps(int count, int trainTimesteps, int offset) {
        double[] descending = new double[count];
        for (int i = 0; i < count; i++) {
            descending[count - 1 - i] = ascending(i, count, trainTimesteps, offset);
        }
        return descending;
    }

    private double ascending(int i, int count, int trainTimesteps, int offset) {
        return switch (this) {
            case LINSPACE -> count == 1 ? 0 : i * ((trainTimesteps - 1) / (double) (count - 1));
            case LEADING -> i * (trainTimesteps / count) + offset;
            case TRAILING -> {
                // The stride is rounded as NumPy's arange does; it decides the halves.
                double stride = trainTimesteps - (trainTimesteps - trainTimesteps / (double) count);
                yield Math.rint(trainTimesteps - (count - 1 - i) * stride) - 1;
            }
        };
    }
}
