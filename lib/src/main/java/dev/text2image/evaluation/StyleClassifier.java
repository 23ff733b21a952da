package dev.text2image.evaluation;

import dev.text2image.evaluation.ModelEvaluation.Styles;
import dev.text2image.progress.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * Tells two styles of pictures apart, whatever they show: logistic regression on colours, shading and smoothness.
 *
 * <p>Both styles count the same in training, so that a picture that speaks for neither has a probability of about one half.
 */
public final class StyleClassifier {
    private static final int STEPS = 1000;
    private static final double LEARNING_RATE = 0.1;
    private static final double DECAY = 0.01;

    private final double[] mean;
    private final double[] deviation;
    private final double[] weights;
    private double bias;
    /** The probability of the second style above which a picture is taken for it. */
    private double limit = 0.5;

    private StyleClassifier(List<double[]> rows) {
        int size = rows.get(0).length;
        mean = new double[size];
        deviation = new double[size];
        weights = new double[size];
        for (int i = 0; i < size; i++) {
            int at = i;
            double average = rows.stream().mapToDouble(row -> row[at]).average().orElse(0);
            double variance = rows.stream()
                    .mapToDouble(row -> (row[at] - average) * (row[at] - average))
                    .average()
                    .orElse(0);
            mean[i] = average;
            deviation[i] = Math.max(Math.sqrt(variance), 1e-6);
        }
    }

    /**
     * Learns two styles; the same each time.
     *
     * @param first pictures of the first style, at least one
     * @param second pictures of the second style, at least one
     * @return the classifier
     */
    public static StyleClassifier train(Pictures first, Pictures second) {
        List<double[]> rows = new ArrayList<>(features(first));
        rows.addAll(features(second));
        StyleClassifier classifier = new StyleClassifier(rows);
        List<double[]> scaled = rows.stream().map(classifier::scale).toList();
        try (Progress progress = Progress.start("learn styles", STEPS)) {
            for (int step = 0; step < STEPS; step++) {
                classifier.descend(scaled, first.size());
                progress.step();
            }
        }
        return classifier;
    }

    /**
     * Learns two styles, and sets the limit between them by what is held out.
     *
     * @param styles the styles
     * @return the classifier
     */
    static StyleClassifier of(Styles styles) {
        StyleClassifier classifier =
                train(styles.first().pictures(), styles.second().pictures());
        List<Pictures> heldOut = styles.heldOut();
        if (!heldOut.isEmpty()) {
            classifier.calibrate(heldOut.get(0), heldOut.get(1));
        }
        return classifier;
    }

    /**
     * Sets the limit between the styles where as many pictures of the one are taken for the other as the other way round.
     *
     * @param first pictures of the first style that were not trained on, at least one
     * @param second the same of the second style
     */
    public void calibrate(Pictures first, Pictures second) {
        double[] firsts = probabilities(first);
        double[] seconds = probabilities(second);
        double[] limits = DoubleStream.concat(DoubleStream.of(firsts), DoubleStream.of(seconds))
                .sorted()
                .toArray();
        double smallest = DoubleStream.of(limits)
                .map(at -> imbalance(firsts, seconds, at))
                .min()
                .orElse(0);
        limit = DoubleStream.of(limits)
                .filter(at -> imbalance(firsts, seconds, at) == smallest)
                .average()
                .orElse(limit);
    }

    /** By how much the shares of the two styles that a limit puts on the wrong side differ. */
    private static double imbalance(double[] firsts, double[] seconds, double at) {
        return Math.abs(above(firsts, at) - (1 - above(seconds, at)));
    }

    private static double above(double[] probabilities, double at) {
        return (double) DoubleStream.of(probabilities).filter(p -> p > at).count() / probabilities.length;
    }

    private double[] probabilities(Pictures pictures) {
        return features(pictures).stream()
                .mapToDouble(features -> sigmoid(scale(features)))
                .toArray();
    }

    /** One step of gradient descent; the first rows are of the first style. */
    private void descend(List<double[]> rows, int firsts) {
        double[] gradient = new double[weights.length];
        double biasGradient = 0;
        for (int row = 0; row < rows.size(); row++) {
            double[] values = rows.get(row);
            double share = 0.5 / (row < firsts ? firsts : rows.size() - firsts);
            double error = share * (sigmoid(values) - (row < firsts ? 0 : 1));
            biasGradient += error;
            for (int i = 0; i < values.length; i++) {
                gradient[i] += error * values[i];
            }
        }
        bias -= LEARNING_RATE * biasGradient;
        for (int i = 0; i < weights.length; i++) {
            weights[i] -= LEARNING_RATE * (gradient[i] + DECAY * weights[i]);
        }
    }

    private double sigmoid(double[] scaled) {
        double sum = bias;
        for (int i = 0; i < scaled.length; i++) {
            sum += weights[i] * scaled[i];
        }
        return 1 / (1 + Math.exp(-sum));
    }

    private static List<double[]> features(Pictures pictures) {
        return pictures.pixels().stream()
                .map(pixels -> StyleFeatures.of(pixels, pictures.resolution()))
                .toList();
    }

    private double[] scale(double[] features) {
        double[] scaled = new double[features.length];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = (features[i] - mean[i]) / deviation[i];
        }
        return scaled;
    }

    /**
     * Looks at pictures.
     *
     * @param pictures the pictures, at least one, of the resolution that was trained on
     * @return the share of them that look more like the second style than like the first
     */
    public double shareOfSecond(Pictures pictures) {
        return above(probabilities(pictures), limit);
    }
}
