package dev.text2image.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.text2image.data.CaptionedDataset;
import dev.text2image.evaluation.EvaluationReport.Reference;
import dev.text2image.evaluation.Labels.Agreement;
import dev.text2image.evaluation.ModelEvaluation.Samples;
import dev.text2image.evaluation.Neighbours.Neighbour;
import dev.text2image.io.InvalidInputException;
import dev.text2image.pipelines.StableDiffusionPipeline;
import dev.text2image.testing.TinyPipeline;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The parts of an evaluation on the emoji of the notebooks, where the right answer is known. */
class EvaluationTest {
    private static final Path DATA = Path.of("../notebooks/data");
    private static final String VALIDATION = "data/validation-00000-of-00001.parquet";
    private static final List<String> GROUPS = List.of("subcategory", "category");

    private static Pictures pictures(String set, int resolution) {
        try (CaptionedDataset dataset = CaptionedDataset.open(DATA.resolve(set))) {
            return Pictures.read(dataset, resolution);
        }
    }

    @Test
    void nearestIsWhatAFullSearchFinds() {
        Random random = new Random(0);
        List<float[]> vectors = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            float[] vector = new float[1500];
            for (int j = 0; j < vector.length; j++) {
                vector[j] = random.nextFloat() * (1 + i % 3);
            }
            vectors.add(vector);
        }
        List<Neighbour> found = Neighbours.nearestOthers(vectors);
        for (int i = 0; i < vectors.size(); i++) {
            for (int j = 0; j < vectors.size(); j++) {
                if (i != j) {
                    assertThat(Neighbours.distance(vectors.get(i), vectors.get(j)))
                            .isGreaterThanOrEqualTo(found.get(i).distance() * (1 - 1e-9));
                }
            }
        }
        assertThat(Neighbours.nearest(vectors, vectors))
                .extracting(Neighbour::distance)
                .containsOnly(0.0);
        assertThat(Neighbours.distance(new float[] {1, 1}, new float[] {4, 1})).isCloseTo(Math.sqrt(4.5), within(1e-9));
        assertThatThrownBy(() -> Neighbours.nearestOthers(vectors.subList(0, 1)))
                .hasMessageContaining("at least one");
    }

    @Test
    void agreementCountsHitsAndWhatIsReachedWithoutReading() {
        Labels labels = new Labels("group", List.of("a", "a", "b", "c"));
        List<Integer> asked = List.of(0, 0, 2, 3);
        List<Neighbour> found = List.of(near(1), near(2), near(2), near(0));
        Agreement agreement = labels.agreement(asked, found);
        assertThat(agreement.hits()).isEqualTo(0.5);
        // Of the 10 pairs of a sample and another prompt: b of the second sample fits one, a of the last one two.
        assertThat(agreement.mismatched()).isEqualTo(0.3);
        assertThat(agreement.chance()).isEqualTo((0.5 + 0.5 + 0.25 + 0.25) / 4);
    }

    private static Neighbour near(int index) {
        return new Neighbour(index, 0);
    }

    @Test
    void trainingPicturesThemselvesArePerfectSamplesAndCopies(@TempDir Path directory) {
        ReferenceSet emoji = ReferenceSet.read(DATA.resolve("noto-emoji").resolve(VALIDATION), GROUPS, 16);
        TinyPipeline.write(directory);
        try (StableDiffusionPipeline pipeline =
                StableDiffusionPipeline.fromPretrained(directory, TinyPipeline.OPTIONS)) {
            ModelEvaluation evaluation = new ModelEvaluation(pipeline, new EvaluationSettings(4, 2, 2, 1, 0, 3));
            Reference same = evaluation.compare(emoji.pictures(), emoji);
            assertThat(same.samples()).isEqualTo(56);
            assertThat(same.distance()).isZero();
            assertThat(same.ownDistance()).isBetween(20.0, 100.0);
            assertThat(same.pixels()).extracting(Agreement::kind).containsExactly("caption", "subcategory", "category");
            assertThat(same.pixels()).extracting(Agreement::hits).containsOnly(1.0);
            assertThat(same.latents()).extracting(Agreement::hits).containsOnly(1.0);
            assertThat(same.pixels().get(0).mismatched()).isZero();
            assertThat(same.pixels().get(0).chance()).isCloseTo(1 / 56.0, within(1e-9));

            List<String> others = new ArrayList<>(emoji.pictures().captions());
            Collections.rotate(others, 1);
            Pictures misnamed = new Pictures(16, others, emoji.pictures().pixels());
            assertThat(evaluation.compare(misnamed, emoji).pixels().get(0).hits())
                    .isZero();

            Pictures unknown =
                    new Pictures(16, List.of("a"), emoji.pictures().pixels().subList(0, 1));
            assertThatThrownBy(() -> evaluation.compare(unknown, emoji))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("None of the prompts is a caption of");
        }
    }

    @Test
    void samplesAreTheSameForTheSameSeed(@TempDir Path directory) {
        List<String> captions = List.of("a cat", "a dog", "a heart", "a dog", "a tree", "a car");
        TinyPipeline.write(directory);
        try (StableDiffusionPipeline pipeline =
                StableDiffusionPipeline.fromPretrained(directory, TinyPipeline.OPTIONS)) {
            ModelEvaluation evaluation = new ModelEvaluation(pipeline, new EvaluationSettings(4, 2, 2, 1, 7, 3));
            Samples samples = evaluation.sample(captions, 16);
            assertThat(samples.pictures().captions()).hasSize(8);
            assertThat(samples.pictures().captions().stream().distinct())
                    .hasSize(4)
                    .isSubsetOf(captions);
            assertThat(evaluation.sample(captions, 16).pictures().pixels())
                    .usingRecursiveComparison()
                    .isEqualTo(samples.pictures().pixels());
            assertThat(ModelEvaluation.spread(samples.pictures(), true)).isPositive();
            assertThat(ModelEvaluation.spread(samples.pictures().where("a cat"::equals), false))
                    .isNull();
        }
        assertThatThrownBy(() -> new EvaluationSettings(1, 2, 2, 1, 7, 3))
                .hasMessage("num_prompts is 1, but must be at least 2.");
    }

    @Test
    void stylesAreToldApartOnPicturesThatWereHeldOut() {
        StyleClassifier classifier = StyleClassifier.train(pictures("noto-emoji", 64), pictures("emoji-3d", 64));
        assertThat(classifier.shareOfSecond(pictures("noto-emoji/" + VALIDATION, 64)))
                .isLessThan(0.06);
        assertThat(classifier.shareOfSecond(pictures("emoji-3d/" + VALIDATION, 64)))
                .isGreaterThan(0.94);
    }

    @Test
    void theLimitBetweenStylesIsWhereBothAreMistakenEquallyOften() {
        // Learned on few pictures and set on many, so that there are mistakes to weigh.
        Pictures flat = pictures("noto-emoji", 64);
        Pictures solid = pictures("emoji-3d", 64);
        StyleClassifier classifier =
                StyleClassifier.train(pictures("noto-emoji/" + VALIDATION, 64), pictures("emoji-3d/" + VALIDATION, 64));
        classifier.calibrate(flat, solid);
        assertThat(classifier.shareOfSecond(flat))
                .isCloseTo(1 - classifier.shareOfSecond(solid), within(1.0 / flat.size()))
                .isBetween(0.01, 0.3);
    }

    @Test
    void aReconstructionIsMeasuredInDecibels() {
        float[] zero = new float[12];
        float[] tenth = new float[12];
        Arrays.fill(tenth, 0.2f);
        Pictures one = new Pictures(2, List.of("a"), List.of(zero));
        Pictures other = new Pictures(2, List.of("a"), List.of(tenth));
        assertThat(LatentSpace.decibels(one, other)).isCloseTo(20, within(1e-5)); // an error of a tenth of the peak
    }

    @Test
    void aModelStandsBesideItsBase(@TempDir Path directory) {
        ReferenceSet base = ReferenceSet.read(DATA.resolve("noto-emoji").resolve(VALIDATION), List.of(), 16);
        Pictures pictures = base.pictures();
        List<String> trained = pictures.captions().subList(0, 20);
        List<String> others = pictures.captions().subList(20, 24);
        ReferenceSet style =
                new ReferenceSet("style", pictures.where(c -> trained.contains(c) || others.contains(c)), List.of());
        var data = new FineTuningData(base, style, List.of(), trained, caption -> caption + ", 3d style");
        assertThat(data.notTrainedOn())
                .containsExactlyInAnyOrderElementsOf(others)
                .isSorted();
        try (StableDiffusionPipeline model = StableDiffusionPipeline.fromPretrained(
                TinyPipeline.write(directory.resolve("model")).path())) {
            FineTuningReport report = new FineTuningEvaluation(
                            model.vae(), data, new EvaluationSettings(5, 1, 1, 1, 0, 5))
                    .compare(model, model);
            assertThat(report.rows()).extracting(FineTuningReport.Row::samples).containsExactly(5, 5, 4, 4, 5, 5);
            assertThat(report.rows())
                    .allSatisfy(row -> assertThat(row.names()).isBetween(0.0, 1.0))
                    .allSatisfy(row -> assertThat(row.style()).isBetween(0.0, 1.0))
                    .allSatisfy(row -> assertThat(row.distance()).isPositive());
            assertThat(report.toMarkdown()).contains("| not trained on | after | 4 | ");
        }
        assertThatThrownBy(
                        () -> new FineTuningData(base, style, List.of(), pictures.captions(), UnaryOperator.identity()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("both have were trained on");
    }
}
