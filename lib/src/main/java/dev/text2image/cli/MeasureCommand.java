package dev.text2image.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.text2image.data.formats.EncodedImage;
import dev.text2image.data.formats.ImageReader;
import dev.text2image.data.images.RgbImage;
import dev.text2image.data.images.Transparency;
import dev.text2image.data.loading.ImageTransforms;
import dev.text2image.models.ModelOptions;
import dev.text2image.nn.MixedPrecision;
import dev.text2image.nn.Precision;
import dev.text2image.pipelines.GenerationRequest;
import dev.text2image.pipelines.StableDiffusionPipeline;
import dev.text2image.schedulers.samplers.Schedulers;
import dev.text2image.torch.Torch;
import dev.text2image.training.Trainer;
import dev.text2image.training.commands.GuideCommand;
import dev.text2image.training.config.TrainingConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Unmatched;

/** Takes one measurement of this process for {@code ./run bench} and prints it as a line of JSON. */
@Command(
        name = "measure",
        description = "Takes one measurement for the benchmarks and prints it as JSON.",
        hidden = true,
        subcommands = {MeasureCommand.Training.class, MeasureCommand.Sampling.class, MeasureCommand.Loading.class})
final class MeasureCommand {
    private MeasureCommand() {}

    /** Prints what each round took, in seconds, and when the first one was over, in seconds since 1970. */
    private static void measure(int rounds, DoubleSupplier round) {
        JsonArray seconds = new JsonArray();
        JsonObject result = new JsonObject();
        for (int i = 0; i < rounds; i++) {
            seconds.add(round.getAsDouble());
            if (i == 0) {
                result.addProperty("first_done_at", System.currentTimeMillis() / 1e3);
            }
        }
        result.add("seconds", seconds);
        System.out.println(result);
    }

    /** Trains without saving anything. */
    @Command(name = "train", description = "Times the steps of a training run.")
    static final class Training implements Runnable {
        @Unmatched
        private List<String> words = new ArrayList<>();

        @Override
        public void run() {
            TrainingConfig config =
                    GuideCommand.parse(words, TrainingConfig.builder().build()).config();
            try (Trainer trainer = new Trainer(config)) {
                measure(trainer.plan().totalSteps(), () -> trainer.step().seconds());
            }
        }
    }

    /** Draws images again and again. */
    @Command(name = "sample", description = "Times the drawing of images.")
    static final class Sampling implements Runnable {
        @Option(names = "--pretrained_model_name_or_path", required = true, description = "Model directory.")
        private Path model = Path.of("");

        @Option(names = "--prompt", required = true, description = "What to draw.")
        private String prompt = "";

        @Option(names = "--num_images_per_prompt", required = true, description = "Images drawn at once.")
        private int images;

        @Option(names = "--num_inference_steps", required = true, description = "Denoising steps.")
        private int steps;

        @Option(names = "--resolution", required = true, description = "Width and height in pixels.")
        private int resolution;

        @Option(names = "--repeats", required = true, description = "How many times.")
        private int repeats;

        @Option(names = "--scheduler", description = "Sampler, by its short name; the model's own if absent.")
        private @Nullable String scheduler;

        @Option(names = "--device", description = "Where: auto, cpu, cuda or cuda:N (default: ${DEFAULT-VALUE}).")
        private String device = "cpu";

        @Option(
                names = "--mixed_precision",
                description = "no, bf16 or fp16, of the whole model (default: ${DEFAULT-VALUE}).")
        private String precision = "no";

        @Override
        public void run() {
            Precision format = MixedPrecision.of(precision).or(() -> Precision.FP32);
            GenerationRequest request = GenerationRequest.of(List.of(prompt))
                    .numInferenceSteps(steps)
                    .numImagesPerPrompt(images)
                    .height(resolution)
                    .width(resolution)
                    .seed(0L)
                    .build();
            ModelOptions options =
                    ModelOptions.defaults().withDevice(Torch.device(device)).withAllIn(format);
            try (StableDiffusionPipeline loaded = StableDiffusionPipeline.fromPretrained(model, options)) {
                StableDiffusionPipeline pipeline = scheduler == null
                        ? loaded
                        : loaded.withScheduler(
                                Schedulers.named(scheduler, loaded.scheduler().config()));
                measure(repeats, () -> {
                    long start = System.nanoTime();
                    pipeline.generate(request);
                    return (System.nanoTime() - start) / 1e9;
                });
            }
        }
    }

    /** Decodes a picture and makes a training image of it again and again. */
    @Command(name = "load", description = "Times the loading of a picture.")
    static final class Loading implements Runnable {
        @Option(names = "--file", required = true, description = "Image file.")
        private Path file = Path.of("");

        @Option(names = "--resolution", required = true, description = "Width and height in pixels.")
        private int resolution;

        @Option(names = "--repeats", required = true, description = "How many times.")
        private int repeats;

        @Override
        public void run() {
            byte[] bytes = EncodedImage.of(file.toString(), file).bytes();
            ImageTransforms transforms = ImageTransforms.centered(resolution);
            JsonObject result = new JsonObject();
            List.of("seconds", "decode", "resize").forEach(part -> result.add(part, new JsonArray()));
            for (int i = 0; i < repeats; i++) {
                long start = System.nanoTime();
                RgbImage image = ImageReader.read(bytes, file.toString(), Transparency.DROP);
                long decoded = System.nanoTime();
                transforms.transform(image, RandomGenerator.getDefault());
                long end = System.nanoTime();
                result.getAsJsonArray("seconds").add((end - start) / 1e9);
                result.getAsJsonArray("decode").add((decoded - start) / 1e9);
                result.getAsJsonArray("resize").add((end - decoded) / 1e9);
            }
            System.out.println(result);
        }
    }
}
