package dev.text2image.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.text2image.models.ModelOptions;
import dev.text2image.pipelines.GenerationRequest;
import dev.text2image.pipelines.StableDiffusionPipeline;
import dev.text2image.torch.Torch;
import dev.text2image.training.Trainer;
import dev.text2image.training.commands.GuideCommand;
import dev.text2image.training.config.TrainingConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Unmatched;

/** Takes one measurement of this process for {@code ./run bench} and prints it as a line of JSON. */
@Command(
        name = "measure",
        description = "Takes one measurement for the benchmarks and prints it as JSON.",
        hidden = true,
        mixinStandardHelpOptions = true,
        subcommands = {MeasureCommand.Training.class, MeasureCommand.Sampling.class})
final class MeasureCommand {
    private MeasureCommand() {}

    /** Prints when the first round was over, in seconds since 1970, and what each round took. */
    private static void print(double firstDone, List<Double> seconds) {
        JsonArray each = new JsonArray();
        seconds.forEach(each::add);
        JsonObject result = new JsonObject();
        result.addProperty("first_done_at", firstDone);
        result.add("seconds", each);
        System.out.println(result);
    }

    private static double now() {
        return System.currentTimeMillis() / 1e3;
    }

    /** Trains without saving anything. */
    @Command(name = "train", description = "Times the steps of a training run.", mixinStandardHelpOptions = true)
    static final class Training implements Callable<Integer> {
        @Unmatched
        private List<String> words = new ArrayList<>();

        @Override
        public Integer call() {
            TrainingConfig config =
                    GuideCommand.parse(words, TrainingConfig.builder().build()).config();
            List<Double> seconds = new ArrayList<>();
            double firstDone = 0;
            try (Trainer trainer = new Trainer(config)) {
                while (seconds.size() < trainer.plan().totalSteps()) {
                    seconds.add(trainer.step().seconds());
                    firstDone = firstDone == 0 ? now() : firstDone;
                }
            }
            print(firstDone, seconds);
            return 0;
        }
    }

    /** Draws images again and again. */
    @Command(name = "sample", description = "Times the drawing of images.", mixinStandardHelpOptions = true)
    static final class Sampling implements Callable<Integer> {
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

        @Override
        public Integer call() {
            GenerationRequest request = GenerationRequest.of(List.of(prompt))
                    .numInferenceSteps(steps)
                    .numImagesPerPrompt(images)
                    .height(resolution)
                    .width(resolution)
                    .seed(0L)
                    .build();
            ModelOptions options = ModelOptions.defaults().withDevice(Torch.device("cpu"));
            List<Double> seconds = new ArrayList<>();
            double firstDone = 0;
            try (StableDiffusionPipeline pipeline = StableDiffusionPipeline.fromPretrained(model, options)) {
                while (seconds.size() < repeats) {
                    double start = System.nanoTime() / 1e9;
                    pipeline.generate(request);
                    seconds.add(System.nanoTime() / 1e9 - start);
                    firstDone = firstDone == 0 ? now() : firstDone;
                }
            }
            print(firstDone, seconds);
            return 0;
        }
    }
}
