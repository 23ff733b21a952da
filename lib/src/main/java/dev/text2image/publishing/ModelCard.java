package dev.text2image.publishing;

import dev.text2image.io.AtomicFiles;
import dev.text2image.training.Trainer;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.config.TrainingSetting;
import dev.text2image.training.records.TrainingHistory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The card of a trained model: metadata that the hub understands, sample images, how to use it, how it was trained. It is the file
 * README.md beside the model.
 */
public final class ModelCard {
    /** The name of the file. */
    static final String FILE = "README.md";

    /** Tells a card that is made anew from one that a person has written. */
    private static final String MARK = "<!-- Made by text2image; a card without this line is left as it is. -->";

    /** Places on this machine, and what does not decide about the result. */
    private static final Set<String> UNSAID = Set.of(
            "output_dir",
            "cache_dir",
            "train_data_dir",
            "prior_data_dir",
            "validation_data_dir",
            "pretrained_model_name_or_path",
            "dataset_name",
            "resume_from_checkpoint",
            "report_to",
            "logging_dir",
            "tracker_project_name",
            "device",
            "dataloader_num_workers",
            "cache_latents",
            "cache_text_embeddings",
            "checkpointing_steps",
            "checkpoints_total_limit",
            "validation_prompts",
            "validation_steps",
            "validation_epochs");
    /** What a reader looks for first, whether or not it has its default. */
    private static final List<String> ALWAYS = List.of(
            "learning_rate",
            "lr_scheduler",
            "train_batch_size",
            "gradient_accumulation_steps",
            "resolution",
            "mixed_precision",
            "seed");

    private final TrainingConfig config;
    private final String name;
    private final String base;

    private ModelCard(TrainingConfig config, String name) {
        this.config = config;
        this.name = name;
        // Of a directory of this machine only the last part is told.
        this.base = CardMetadata.baseModel(config).orElseGet(() -> Publisher.nameOf(config.modelDirectory()));
    }

    /**
     * Writes the card of a run's result into its output directory, with the pictures that it shows. A card that a person has written
     * is left as it is.
     *
     * @param trainer the run, at its end
     * @param name the name that the model will have on the hub
     * @return the file
     */
    public static Path write(Trainer trainer, String name) {
        TrainingConfig config = trainer.config();
        Path directory = Path.of(config.outputDir());
        Path file = directory.resolve(FILE);
        if (!isOwn(file)) {
            return file;
        }
        CardPictures pictures = CardPictures.draw(directory, config.validationPrompts(), trainer.history());
        Map<String, String> licence = BaseLicence.of(config);
        ModelCard card = new ModelCard(config, name);
        AtomicFiles.writeString(
                file,
                CardMetadata.of(config, licence)
                        + MARK
                        + "\n"
                        + String.join(
                                "\n",
                                card.introduction(licence),
                                pictures.samples(),
                                card.usage(),
                                card.recipe(trainer.history()),
                                pictures.losses()));
        return file;
    }

    private static boolean isOwn(Path file) {
        try {
            return !Files.exists(file) || Files.readString(file).contains(MARK);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    private String introduction(Map<String, String> licence) {
        String data = CardMetadata.dataset(config)
                .map(set -> " on the data set " + set)
                .orElse(" on captioned images");
        String what = config.lora() == null
                ? "A Stable Diffusion model: "
                : "Low-rank adapters (LoRA) of a Stable Diffusion model: ";
        String terms = licence.isEmpty()
                ? "The licence of the base model holds."
                : "The licence is that of the base model, "
                        + licence.getOrDefault("license_name", licence.get("license")) + ".";
        return "# " + name.substring(name.indexOf('/') + 1) + "\n" + what + base + ", fine-tuned" + data + ". " + terms
                + "\n";
    }

    private String usage() {
        boolean lora = config.lora() != null;
        String source = lora ? base : name;
        String prompt = config.validationPrompts().stream()
                .findFirst()
                .orElse("a prompt")
                .replaceAll("[\"\\\\]", "");
        return """
                ## Use
                In Python, with diffusers:
                ```python
                from diffusers import StableDiffusionPipeline

                pipeline = StableDiffusionPipeline.from_pretrained("%1$s")
                %2$simage = pipeline("%3$s").images[0]
                ```
                In Java, with text2image:
                ```java
                var pipeline = StableDiffusionPipeline.fromPretrained(Path.of("%1$s"))%4$s;
                var images = pipeline.generate(GenerationRequest.of("%3$s").build());
                ```
                """.formatted(
                        source,
                        lora ? "pipeline.load_lora_weights(\"" + name + "\")\n" : "",
                        prompt,
                        lora ? ".withLora(Path.of(\"" + name + "\"), 1)" : "");
    }

    private String recipe(TrainingHistory history) {
        String rows = config.settings().stream()
                .filter(setting -> !UNSAID.contains(setting.flag().name()))
                .filter(setting ->
                        setting.changed() || ALWAYS.contains(setting.flag().name()))
                .map(ModelCard::row)
                .collect(Collectors.joining());
        int steps = history.rows().size();
        String last = steps == 0
                ? ""
                : String.format(
                        Locale.ROOT,
                        "| optimizer steps | %d |\n",
                        history.rows().get(steps - 1).step());
        return "## Training\nThe names are those of the flags of diffusers' training script.\n\n| setting | value |\n|---|---|\n"
                + last + rows;
    }

    private static String row(TrainingSetting setting) {
        String value = setting.value().replace("|", "\\|").replaceAll("\\s+", " ");
        return "| " + setting.flag().name() + " | " + value + " |\n";
    }
}
