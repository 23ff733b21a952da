package dev.text2image.cli;

import ai.djl.Device;
import dev.text2image.io.InvalidInputException;
import dev.text2image.lora.WeightedLora;
import dev.text2image.models.ModelOptions;
import dev.text2image.nn.Precision;
import dev.text2image.pipelines.GenerationRequest;
import dev.text2image.pipelines.GenerationRequestBuilder;
import dev.text2image.pipelines.StableDiffusionPipeline;
import dev.text2image.schedulers.Scheduler;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.samplers.Schedulers;
import dev.text2image.torch.GraphicsCard;
import dev.text2image.torch.Torch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of every command that draws. */
final class DrawingOptions {
    /** The short names of all schedulers, for picocli's list of allowed values. */
    static final class SchedulerNames extends ArrayList<String> {
        private static final long serialVersionUID = 1;

        SchedulerNames() {
            super(Schedulers.names());
        }
    }

    @Option(names = "--num_inference_steps", description = "Denoising steps (default: ${DEFAULT-VALUE}).")
    private int steps = 50;

    @Option(names = "--guidance_scale", description = "How closely the text is followed (default: ${DEFAULT-VALUE}).")
    private double guidance = 7.5;

    @Option(
            names = "--scheduler",
            completionCandidates = SchedulerNames.class,
            description =
                    "One of ${COMPLETION-CANDIDATES}, or the hub's name of its class; -karras, -exponential or -beta may"
                            + " follow one that walks along sigmas; the model's own if absent.")
    private @Nullable String scheduler;

    @Option(names = "--variant", description = "Variant of the weight files, such as fp16; the plain ones if absent.")
    private @Nullable String variant;

    @Option(names = "--device", description = "auto, cpu, cuda or cuda:N (default: ${DEFAULT-VALUE}).")
    private String device = "auto";

    @Option(
            names = "--lora",
            paramLabel = "FILE[:WEIGHT[,BLOCK=WEIGHT...]]",
            description =
                    "A LoRA file or its name on the hub, and how strongly it counts (default: 1), perhaps with other weights"
                            + " for blocks such as down_blocks or up_blocks.1; may be given several times.")
    private List<String> loras = List.of();

    @Option(
            names = "--lora_start",
            description = "The share of the steps after which LoRA files begin to count, from 0 to below 1"
                    + " (default: ${DEFAULT-VALUE}). With 0.4, say, the model alone settles the layout, also of subjects that a"
                    + " style has not seen; the text encoder stays as it is then.")
    private double loraStart;

    private @Nullable Device chosen;

    int steps() {
        return steps;
    }

    double guidance() {
        return guidance;
    }

    /** The device, with a line on standard error if the user should know something of it. */
    Device device() {
        if (chosen == null) {
            chosen = Torch.device(device);
            GraphicsCard.notes(device, 1).forEach(System.err::println);
        }
        return chosen;
    }

    /** Starts a request with the options' steps and guidance. */
    GenerationRequestBuilder request(List<String> prompts) {
        return GenerationRequest.of(prompts).numInferenceSteps(steps).guidanceScale(guidance);
    }

    /** Loads a model onto the options' device, gives it to a task with the options' sampler, and closes it. */
    <T> T with(Path model, Precision precision, Function<StableDiffusionPipeline, T> task) {
        ModelOptions options = ModelOptions.defaults()
                .withDevice(device())
                .withAllIn(precision)
                .withVariant(variant);
        if (scheduler != null) {
            sampler(scheduler, SchedulerConfig.stableDiffusion()); // a wrong name is told before a model is loaded
        }
        try (StableDiffusionPipeline pipeline = StableDiffusionPipeline.fromPretrained(model, options)) {
            return task.apply(scheduler == null ? pipeline : withSampler(pipeline, scheduler));
        }
    }

    private static StableDiffusionPipeline withSampler(StableDiffusionPipeline pipeline, String name) {
        Scheduler sampler = sampler(name, pipeline.scheduler().config());
        System.err.println("Scheduler " + sampler.describe());
        return pipeline.withScheduler(sampler);
    }

    /** The same with the options' LoRA files. */
    <T> T withLoras(Path model, Precision precision, Function<StableDiffusionPipeline, T> task) {
        LoraUse use = loras();
        return with(model, precision, pipeline -> use.with(pipeline, task));
    }

    /** The LoRA files, and when they begin to count. */
    LoraUse loras() {
        return new LoraUse(loras.stream().map(WeightedLora::parse).toList(), loraStart);
    }

    private static Scheduler sampler(String name, SchedulerConfig config) {
        try {
            return Schedulers.named(name, config);
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException("scheduler is '" + name + "': " + e.getMessage(), e);
        }
    }
}
