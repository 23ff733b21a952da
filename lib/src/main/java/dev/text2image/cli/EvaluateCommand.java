package dev.text2image.cli;

import com.google.gson.JsonObject;
import dev.text2image.cli.BaseModelOptions.Base;
import dev.text2image.data.CaptionedDataset;
import dev.text2image.data.images.Images;
import dev.text2image.evaluation.EvaluationReport;
import dev.text2image.evaluation.EvaluationReport.Reconstruction;
import dev.text2image.evaluation.EvaluationReport.Style;
import dev.text2image.evaluation.EvaluationSettings;
import dev.text2image.evaluation.FineTuningData;
import dev.text2image.evaluation.FineTuningEvaluation;
import dev.text2image.evaluation.FineTuningReport;
import dev.text2image.evaluation.ModelEvaluation;
import dev.text2image.evaluation.ModelEvaluation.Samples;
import dev.text2image.evaluation.ModelEvaluation.Styles;
import dev.text2image.evaluation.Pictures;
import dev.text2image.evaluation.ReferenceSet;
import dev.text2image.io.AtomicFiles;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.Json;
import dev.text2image.nn.Precision;
import dev.text2image.pipelines.PipelineDirectory;
import dev.text2image.pipelines.StableDiffusionPipeline;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures how good a model is. */
@Command(
        name = "evaluate",
        description =
                "Measures a model: draws captions of its training set, and tells how often the nearest picture of that set"
                        + " is the one asked for, or of its group, how different the samples are, and which style they have.")
final class EvaluateCommand implements Runnable {
    @Option(
            names = "--pretrained_model_name_or_path",
            required = true,
            description = "Model directory, in diffusers layout.")
    private Path model = Path.of("");

    @Option(
            names = "--reference_data_dir",
            required = true,
            arity = "1..*",
            description = "Data sets to find the nearest pictures in; the prompts are captions of the first.")
    private List<Path> references = List.of();

    @Option(
            names = "--group_columns",
            split = ",",
            description =
                    "Columns of the reference sets that put their rows into groups, for example subcategory,category.")
    private List<String> groups = List.of();

    @Option(
            names = "--validation_data_dir",
            arity = "1..*",
            description = "Data sets that were not trained on, for the autoencoder.")
    private List<Path> validation = List.of();

    @Option(
            names = "--style_data_dir",
            arity = "2",
            description = "Two data sets of different styles; told is how often the samples have the second one.")
    private List<Path> styles = List.of();

    @Option(
            names = "--style_validation_data_dir",
            arity = "2",
            description =
                    "Held-out pictures of the two styles, to set the limit between them and to tell how often it is right.")
    private List<Path> stylesHeldOut = List.of();

    @Option(
            names = "--max_train_samples",
            description =
                    "Take the prompts from the rows of the first reference set that a training run with this flag and the"
                            + " same seed takes; from all if absent.")
    private @Nullable Integer maxTrainSamples;

    @Option(names = "--num_prompts", description = "Prompts (default: ${DEFAULT-VALUE}).")
    private int prompts = 200;

    @Option(names = "--num_images_per_prompt", description = "Samples of each prompt (default: ${DEFAULT-VALUE}).")
    private int imagesPerPrompt = 2;

    @Mixin
    private DrawingOptions drawing = new DrawingOptions();

    @Option(names = "--seed", description = "Seed of prompts and noise (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--sample_batch_size", description = "Prompts that are drawn at once (default: ${DEFAULT-VALUE}).")
    private int batchSize = 25;

    @Option(
            names = "--output_dir",
            description = "Where evaluation.json, evaluation.md and samples.png go (default: ${DEFAULT-VALUE}).")
    private Path output = Path.of("evaluation");

    @Mixin
    private ImageOptions images = new ImageOptions();

    @Mixin
    private BaseModelOptions baseModel = new BaseModelOptions();

    @Override
    public void run() {
        if (!stylesHeldOut.isEmpty() && styles.isEmpty() && baseModel.base() == null) {
            throw new InvalidInputException(
                    "style_validation_data_dir is given, but not style_data_dir; give the pictures to learn the styles from.");
        }
        EvaluationSettings settings =
                new EvaluationSettings(prompts, imagesPerPrompt, drawing.steps(), drawing.guidance(), seed, batchSize);
        int resolution = resolution();
        Base base = baseModel.base();
        images.check(Stream.of(
                        references,
                        validation,
                        styles,
                        stylesHeldOut,
                        base == null ? List.<Path>of() : List.of(base.data()))
                .flatMap(List::stream)
                .distinct()
                .toList());
        if (base != null) {
            FineTuningReport report = besideItsBase(base, settings, resolution);
            write(report.toJson(), report.toMarkdown());
            return;
        }
        List<ReferenceSet> sets = read(references, groups, resolution);
        EvaluationReport report =
                drawing.withLoras(model, Precision.FP32, pipeline -> evaluate(pipeline, settings, sets, resolution));
        write(report.toJson(), report.toMarkdown());
    }

    private void write(JsonObject json, String markdown) {
        Json.write(output.resolve("evaluation.json"), json);
        AtomicFiles.writeString(output.resolve("evaluation.md"), markdown);
        System.out.print(markdown);
        System.out.println("\nEvaluation: " + output);
    }

    private FineTuningReport besideItsBase(Base base, EvaluationSettings settings, int resolution) {
        ReferenceSet style = read(references, List.of(), resolution).get(0);
        FineTuningData data = new FineTuningData(
                read(List.of(base.data()), List.of(), resolution).get(0),
                style,
                stylesHeldOut.stream().map(path -> pictures(path, resolution)).toList(),
                captionsToDraw(style),
                baseModel.wording());
        return drawing.with(
                base.model(),
                Precision.FP32,
                before -> drawing.withLoras(
                        model,
                        Precision.FP32,
                        after -> new FineTuningEvaluation(before.vae(), data, settings).compare(before, after)));
    }

    private EvaluationReport evaluate(
            StableDiffusionPipeline pipeline, EvaluationSettings settings, List<ReferenceSet> sets, int resolution) {
        ModelEvaluation evaluation = new ModelEvaluation(pipeline, settings);
        List<Reconstruction> reconstructions = validation.stream()
                .map(path -> evaluation.reconstruction(path.toString(), pictures(path, resolution)))
                .toList();
        Samples samples = evaluation.sample(captionsToDraw(sets.get(0)), resolution);
        Images.writePng(SampleSheet.of(samples, sets.get(0), imagesPerPrompt), output.resolve("samples.png"));
        Pictures drawn = samples.pictures();
        return new EvaluationReport(
                model.toString(),
                String.valueOf(pipeline.scheduler().config().className()),
                settings,
                drawn.size() / imagesPerPrompt,
                reconstructions,
                sets.stream().map(set -> evaluation.compare(drawn, set)).toList(),
                ModelEvaluation.spread(drawn, true),
                ModelEvaluation.spread(drawn, false),
                style(evaluation, drawn));
    }

    private List<String> captionsToDraw(ReferenceSet first) {
        if (maxTrainSamples == null) {
            return first.pictures().captions();
        }
        try (CaptionedDataset all = images.open(references.get(0))) {
            return ReferenceSet.firstCaptions(all.sample(maxTrainSamples, seed));
        }
    }

    private @Nullable Style style(ModelEvaluation evaluation, Pictures samples) {
        if (styles.isEmpty()) {
            return null;
        }
        int resolution = samples.resolution();
        List<ReferenceSet> two = read(styles, List.of(), resolution);
        List<Pictures> heldOut =
                stylesHeldOut.stream().map(path -> pictures(path, resolution)).toList();
        return evaluation.style(samples, new Styles(two.get(0), two.get(1), heldOut));
    }

    private int resolution() {
        PipelineDirectory directory = PipelineDirectory.open(model);
        return directory.unetConfig().sampleSize() * directory.vaeConfig().downsamplingFactor();
    }

    private List<ReferenceSet> read(List<Path> paths, List<String> groupColumns, int resolution) {
        return paths.stream()
                .map(path -> ReferenceSet.read(path, groupColumns, resolution, images::open))
                .toList();
    }

    private Pictures pictures(Path path, int resolution) {
        try (CaptionedDataset dataset = images.open(path)) {
            return Pictures.read(dataset, resolution);
        }
    }
}
