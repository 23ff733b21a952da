package dev.text2image.cli;

import dev.text2image.evaluation.ModelEvaluation;
import dev.text2image.evaluation.ModelEvaluation.Samples;
import dev.text2image.evaluation.Neighbours.Neighbour;
import dev.text2image.evaluation.Pictures;
import dev.text2image.evaluation.ReferenceSet;
import dev.text2image.plots.ImageGrid;
import java.awt.image.BufferedImage;
import java.util.List;

/** The picture of an evaluation: samples, the training pictures that were asked for, and those that are nearest. */
final class SampleSheet {
    private static final int CELL = 72;
    private static final int PROMPTS = 40;
    private static final int PROMPTS_IN_A_ROW = 2;

    private SampleSheet() {}

    /** Draws the first prompts, two in a row: the samples, the picture asked for, and the one nearest to the first sample. */
    static BufferedImage of(Samples samples, ReferenceSet reference, int imagesPerPrompt) {
        Pictures pictures = samples.pictures();
        Pictures known = reference.pictures();
        List<Neighbour> nearest = ModelEvaluation.nearest(pictures, reference);
        ImageGrid grid = new ImageGrid(PROMPTS_IN_A_ROW * (imagesPerPrompt + 2), CELL);
        int shown = Math.min(PROMPTS, samples.images().size() / imagesPerPrompt);
        for (int prompt = 0; prompt < shown; prompt++) {
            int first = prompt * imagesPerPrompt;
            String text = pictures.captions().get(first);
            for (int i = first; i < first + imagesPerPrompt; i++) {
                grid.add(samples.images().get(i), text);
            }
            int near = nearest.get(first).index();
            grid.add(known.image(known.captions().indexOf(text)), "asked for");
            grid.add(known.image(near), "nearest: " + known.captions().get(near));
        }
        return grid.image();
    }
}
