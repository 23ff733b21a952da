package dev.text2image.cli;

import dev.text2image.data.CaptionedDataset;
import dev.text2image.evaluation.EvaluationReport;
import dev.text2image.evaluation.EvaluationReport.Reconstruction;
import dev.text2image.evaluation.EvaluationReport.Reference;
import dev.text2image.evaluation.EvaluationReport.Style;
import dev.text2image.evaluation.EvaluationSettings;
import dev.text2image.evaluation.ModelEvaluation;
import dev.text2image.evaluation.ModelEvaluation.Samples;
import dev.text2image.evaluation.ModelEvaluation.Styles;
import dev.text2image.evaluation.Pictures;
import dev.text2image.evaluation.ReferenceSet;
import dev.text2image.io.AtomicFiles;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.Json;
import dev.text2image.models.ModelOptions;
import dev.text2image.pipelines.PipelineDirectory;
import dev.text2image.pipelines.StableDiffusionPipeline;
import dev.text2image.torch.Torch;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures how good a model is. */
@Command(
        name = "evaluate",
        description =
                "Measures a model: draws captions of its training set, and tells how often the nearest picture of that set"
                        + " is the one asked for, or of its group, how different the samples are, and which style they have.",
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class EvaluateCommand implements Callable<Integer> {
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

    @Option(names = "--num_prompts", defaultValue = "200", description = "Prompts (default: ${DEFAULT-VALUE}).")
    private int prompts;

    @Option(
            names = "--num_images_per_prompt",
            defaultValue = "2",
            description = "Samples of each prompt (default: ${DEFAULT-VALUE}).")
    private int imagesPerPrompt;

    @Option(
            names = "--num_inference_steps",
            defaultValue = "50",
            description = "Denoising steps (default: ${DEFAULT-VALUE}).")
    private int steps;

    @Option(
            names = "--guidance_scale",
            defaultValue = "7.5",
            description = "How closely the text is followed (default: ${DEFAULT-VALUE}).")
    private double guidance;

    @Option(names = "--scheduler", description = "pndm, ddim or ddpm; the model's own if absent.")
    private @Nullable String scheduler;

    @Option(names = "--seed", defaultValue = "0", description = "Seed of prompts and noise (default: 0).")
    private long seed;

    @Option(
            names = "--sample_batch_size",
            defaultValue = "25",
            description = "Prompts that are drawn at once (default: ${DEFAULT-VALUE}).")
    private int batchSize;

    @Option(names = "--variant", description = "Variant of the weight files, such as fp16; the plain ones if absent.")
    private @Nullable String variant;

    @Option(names = "--device", defaultValue = "auto", description = "auto, cpu, cuda or cuda:N (default: auto).")
    private String device = "auto";

    @Option(
            names = "--output_dir",
            defaultValue = "evaluation",
            description = "Where evaluation.json, evaluation.md and samples.png go (default: ${DEFAULT-VALUE}).")
    private Path output = Path.of("");

    @Override
    public Integer call() {
        Samplers.check(scheduler);
        if (!stylesHeldOut.isEmpty() && styles.isEmpty()) {
            throw new InvalidInputException(
                    "style_validation_data_dir is given, but not style_data_dir; give the pictures to learn the styles from.");
        }
        EvaluationSettings settings =
                new EvaluationSettings(prompts, imagesPerPrompt, steps, guidance, seed, batchSize);
        int resolution = resolution();
        List<ReferenceSet> sets = read(references, groups, resolution);
        ModelOptions options =
                ModelOptions.defaults().withDevice(Torch.device(device)).withVariant(variant);
        try (StableDiffusionPipeline loaded = StableDiffusionPipeline.fromPretrained(model, options)) {
            StableDiffusionPipeline pipeline = Samplers.with(loaded, scheduler);
            ModelEvaluation evaluation = new ModelEvaluation(pipeline, settings);
            List<Reconstruction> reconstructions = validation.stream()
                    .map(path -> evaluation.reconstruction(path.toString(), pictures(path, resolution)))
                    .toList();
            Samples samples = evaluation.sample(captionsToDraw(sets.get(0)), resolution);
            write("samples.png", SampleSheet.of(samples, sets.get(0), imagesPerPrompt));
            report(evaluation, settings, pipeline, reconstructions, samples.pictures(), sets);
        }
        return 0;
    }

    private List<String> captionsToDraw(ReferenceSet first) {
        if (maxTrainSamples == null) {
            return first.pictures().captions();
        }
        try (CaptionedDataset all = CaptionedDataset.open(references.get(0))) {
            CaptionedDataset trained = all.sample(maxTrainSamples, seed);
            return IntStream.range(0, trained.size())
                    .mapToObj(row -> trained.captions(row).get(0))
                    .toList();
        }
    }

    private void report(
            ModelEvaluation evaluation,
            EvaluationSettings settings,
            StableDiffusionPipeline pipeline,
            List<Reconstruction> reconstructions,
            Pictures samples,
            List<ReferenceSet> sets) {
        List<Reference> compared =
                sets.stream().map(set -> evaluation.compare(samples, set)).toList();
        EvaluationReport report = new EvaluationReport(
                model.toString(),
                String.valueOf(pipeline.scheduler().config().className()),
                settings,
                samples.size() / imagesPerPrompt,
                reconstructions,
                compared,
                ModelEvaluation.spread(samples, true),
                ModelEvaluation.spread(samples, false),
                style(evaluation, samples));
        Json.write(output.resolve("evaluation.json"), report.toJson());
        AtomicFiles.writeString(output.resolve("evaluation.md"), report.toMarkdown());
        System.out.print(report.toMarkdown());
        System.out.println("\nEvaluation: " + output);
    }

    private @Nullable Style style(ModelEvaluation evaluation, Pictures samples) {
        if (styles.isEmpty()) {
            return null;
        }
        int resolution = samples.resolution();
        List<ReferenceSet> two = read(styles, List.of(), resolution);
        List<Pictures> heldOut =
                stylesHeldOut.stream().map(path -> pictures(path, resolution)).toList();
        return evaluation.style(
                samples,
                new Styles(
                        two.get(0),
                        two.get(1),
                        heldOut.isEmpty() ? null : heldOut.get(0),
                        heldOut.isEmpty() ? null : heldOut.get(1)));
    }

    private int resolution() {
        PipelineDirectory directory = PipelineDirectory.open(model);
        return directory.unetConfig().sampleSize() * directory.vaeConfig().downsamplingFactor();
    }

    private static List<ReferenceSet> read(List<Path> paths, List<String> groups, int resolution) {
        return paths.stream()
                .map(path -> ReferenceSet.read(path, groups, resolution))
                .toList();
    }

    private static Pictures pictures(Path path, int resolution) {
        try (CaptionedDataset dataset = CaptionedDataset.open(path)) {
            return Pictures.read(dataset, resolution);
        }
    }

    private void write(String name, BufferedImage image) {
        AtomicFiles.writeFile(output.resolve(name), place -> ImageIO.write(image, "png", place.toFile()));
    }
}
