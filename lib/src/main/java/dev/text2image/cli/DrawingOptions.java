package dev.text2image.cli;

import ai.djl.Device;
import dev.text2image.models.ModelOptions;
import dev.text2image.nn.Precision;
import dev.text2image.pipelines.GenerationRequest;
import dev.text2image.pipelines.GenerationRequestBuilder;
import dev.text2image.pipelines.StableDiffusionPipeline;
import dev.text2image.schedulers.Schedulers;
import dev.text2image.torch.Torch;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of every command that draws. */
final class DrawingOptions {
    /** The samplers that can take the place of the model's own; their classes are named after them. */
    private enum Sampler {
        PNDM,
        DDIM,
        DDPM
    }

    @Option(names = "--num_inference_steps", description = "Denoising steps (default: ${DEFAULT-VALUE}).")
    private int steps = 50;

    @Option(names = "--guidance_scale", description = "How closely the text is followed (default: ${DEFAULT-VALUE}).")
    private double guidance = 7.5;

    @Option(names = "--scheduler", description = "pndm, ddim or ddpm; the model's own if absent.")
    private @Nullable Sampler scheduler;

    @Option(names = "--variant", description = "Variant of the weight files, such as fp16; the plain ones if absent.")
    private @Nullable String variant;

    @Option(names = "--device", description = "auto, cpu, cuda or cuda:N (default: ${DEFAULT-VALUE}).")
    private String device = "auto";

    int steps() {
        return steps;
    }

    double guidance() {
        return guidance;
    }

    Device device() {
        return Torch.device(device);
    }

    /** Starts a request with the options' steps and guidance. */
    GenerationRequestBuilder request(List<String> prompts) {
        return GenerationRequest.of(prompts).numInferenceSteps(steps).guidanceScale(guidance);
    }

    /** Loads a model onto the options' device, gives it to a task with the options' sampler, and closes it. */
    <T> T with(Path model, Precision precision, Function<StableDiffusionPipeline, T> task) {
        ModelOptions options = ModelOptions.defaults()
                .withDevice(device())
                .withPrecision(precision)
                .withVariant(variant);
        try (StableDiffusionPipeline pipeline = StableDiffusionPipeline.fromPretrained(model, options)) {
            if (scheduler == null) {
                return task.apply(pipeline);
            }
            return task.apply(pipeline.withScheduler(Schedulers.from(pipeline.scheduler().config().toBuilder()
                    .className(scheduler + "Scheduler")
                    .build())));
        }
    }
}
