package dev.text2image.cli;

import ai.djl.ndarray.types.Shape;
import dev.text2image.io.ByteSize;
import dev.text2image.io.InvalidInputException;
import dev.text2image.lora.LoraAdapters;
import dev.text2image.lora.LoraComponent;
import dev.text2image.lora.LoraFile;
import dev.text2image.lora.LoraFormat;
import dev.text2image.lora.LoraParts;
import dev.text2image.lora.LoraWriter;
import dev.text2image.lora.WeightedLora;
import dev.text2image.models.ModelOptions;
import dev.text2image.models.ModelOutline;
import dev.text2image.models.PretrainedModel;
import dev.text2image.nn.LowRank;
import dev.text2image.pipelines.LoraFusion;
import dev.text2image.pipelines.LoraModels;
import dev.text2image.pipelines.PipelineDirectory;
import dev.text2image.training.config.LoraConfig;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What is done with LoRA files beside training them and drawing with them. */
@Command(
        name = "lora",
        description = "Shows, changes and makes LoRA files, and puts them into models.",
        synopsisSubcommandLabel = "COMMAND")
final class LoraCommand {
    private static final String MODEL = "--pretrained_model_name_or_path";
    private static final String MODEL_HELP =
            "The model that the file is for; needed for other models than Stable Diffusion 1.x and 2.x.";

    /** The forms that are written. */
    enum Form {
        DIFFUSERS(LoraFormat.DIFFUSERS),
        PEFT(LoraFormat.PEFT),
        KOHYA(LoraFormat.KOHYA);

        private final LoraFormat format;

        Form(LoraFormat format) {
            this.format = format;
        }
    }

    @Command(description = "Says what is in LoRA files: form, base model, ranks, alphas, layers and metadata.")
    void show(@Parameters(paramLabel = "FILE", arity = "1..*") List<Path> files) {
        files.forEach(file -> System.out.println(LoraFile.open(file).summary()));
    }

    @Command(description = "Writes a LoRA file in another form.")
    void convert(
            @Parameters(paramLabel = "FILE") Path file,
            @Option(names = "--format", required = true, description = "diffusers, peft or kohya.") Form form,
            @Option(names = "--output", required = true, description = "The new file.") Path output,
            @Option(names = MODEL, description = MODEL_HELP) @Nullable Path model) {
        LoraFile lora = LoraFile.open(file);
        try (LoraParts parts = LoraParts.read(lora, layers(lora, model))) {
            parts.write(output, form.format);
        }
        System.out.println("LoRA weights: " + output);
    }

    @Command(description = "Makes a LoRA file smaller: the best approximation of another rank, by singular values.")
    void resize(
            @Parameters(paramLabel = "FILE") Path file,
            @Option(names = "--rank", required = true, description = "The new rank.") int rank,
            @Option(names = "--output", required = true, description = "The new file.") Path output,
            @Option(names = "--format", description = "diffusers, peft or kohya; that of the file if absent.") @Nullable
                    Form form,
            @Option(names = MODEL, description = MODEL_HELP) @Nullable Path model) {
        LoraFile lora = LoraFile.open(file);
        try (LoraParts parts = LoraParts.read(lora, layers(lora, model));
                LoraParts smaller = parts.resized(rank)) {
            boolean old = lora.format() == LoraFormat.OLD_DIFFUSERS;
            smaller.write(output, form != null ? form.format : old ? LoraFormat.DIFFUSERS : lora.format());
            System.out.printf(
                    Locale.ROOT,
                    "LoRA weights: %s, %s of %s, with %.1f %% of the change%n",
                    output,
                    ByteSize.text(output.toFile().length()),
                    ByteSize.text(lora.path().toFile().length()),
                    100 * share(smaller, parts));
        }
    }

    /** The share of the squares of all changes that is left. */
    private static double share(LoraParts smaller, LoraParts parts) {
        double all = parts.norm();
        return all == 0 ? 1 : Math.pow(smaller.norm() / all, 2);
    }

    @Command(
            description =
                    "Writes a model with LoRA files put into its weights; the opposite weight takes one out again.")
    void fuse(
            @Option(names = MODEL, required = true, description = "The model.") Path model,
            @Option(
                            names = "--lora",
                            required = true,
                            paramLabel = "FILE[:WEIGHT[,BLOCK=WEIGHT...]]",
                            description = "A LoRA file and its weights, as of sample; may be given several times.")
                    List<String> loras,
            @Option(names = "--variant", description = "Variant of the model's weight files, such as fp16.") @Nullable
                    String variant,
            @Option(names = "--output_dir", required = true, description = "Where the new model is written.")
                    Path output) {
        List<WeightedLora> parsed = loras.stream().map(WeightedLora::parse).toList();
        LoraFusion.fuse(PipelineDirectory.open(model), variant, parsed, output);
        System.out.println("Model: " + output);
    }

    @Command(description = "Makes a LoRA file of what a fine-tuning changed about a model, by singular values.")
    void extract(
            @Option(names = MODEL, required = true, description = "The fine-tuned model.") Path model,
            @Option(names = "--base_model", required = true, description = "The model that it was trained from.")
                    Path base,
            @Option(names = "--rank", required = true, description = "The rank of the adapters.") int rank,
            @Option(
                            names = "--lora_target_modules",
                            arity = "1..*",
                            defaultValue = "attention",
                            description = "The layers, as of train-lora (default: ${DEFAULT-VALUE}).")
                    List<String> targets,
            @Option(names = "--text_encoder", description = "The text encoder's change as well.") boolean textEncoder,
            @Option(names = "--format", defaultValue = "diffusers", description = "diffusers, peft or kohya.")
                    Form form,
            @Option(names = "--output", required = true, description = "The new file.") Path output) {
        PipelineDirectory before = PipelineDirectory.open(base);
        PipelineDirectory after = PipelineDirectory.open(model);
        ModelOutline<?> unet = ModelOutline.readUnet(before.unet());
        ModelOutline<?> text = ModelOutline.readTextEncoder(before.textEncoder());
        LoraConfig config =
                LoraConfig.builder().rank(rank).loraTargetModules(targets).build();
        var sizes = config.layersOf(unet, textEncoder ? text : null);
        Map<LoraComponent, LoraAdapters> adapters = new EnumMap<>(LoraComponent.class);
        sizes.forEach((component, layers) -> adapters.put(component, extract(before, after, component, layers)));
        LoraWriter.write(output, form.format, adapters);
        adapters.values().forEach(LoraAdapters::close);
        System.out.println("LoRA weights: " + output);
    }

    private static LoraAdapters extract(
            PipelineDirectory before, PipelineDirectory after, LoraComponent component, Map<String, LowRank> layers) {
        ModelOptions options = ModelOptions.defaults();
        try (PretrainedModel base = new LoraModels(before).load(component, options);
                PretrainedModel tuned = new LoraModels(after).load(component, options)) {
            if (!base.layers().equals(tuned.layers())) {
                throw new InvalidInputException("The " + component.prefix() + " of " + after.path()
                        + " has other layers than that of " + before.path()
                        + "; give the model that it was trained from as base_model.");
            }
            return LoraAdapters.extract(base.weights(), tuned.weights(), layers, base.layers());
        }
    }

    private static Function<LoraComponent, Map<String, Shape>> layers(LoraFile lora, @Nullable Path model) {
        if (model != null) {
            return new LoraModels(PipelineDirectory.open(model))::layers;
        }
        return lora.base()
                        .orElseThrow(() -> new InvalidInputException(lora.path() + " is for "
                                + lora.summary().base() + "; give that model with " + MODEL + "."))::layers;
    }
}
