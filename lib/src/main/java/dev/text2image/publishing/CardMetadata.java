package dev.text2image.publishing;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import dev.text2image.hub.RepoId;
import dev.text2image.hub.RepoType;
import dev.text2image.training.config.TrainingConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a card says to the hub, as YAML between two lines of hyphens; see the hub's documentation of model cards. */
final class CardMetadata {
    /** YAML takes every JSON text for itself. */
    private static final Gson TEXT = new GsonBuilder().disableHtmlEscaping().create();

    private final StringBuilder yaml = new StringBuilder("---\n");

    private CardMetadata() {}

    /**
     * Writes the metadata of a run's result.
     *
     * @param config the run
     * @param licence the fields of the base model's licence, which its children keep
     */
    static String of(TrainingConfig config, Map<String, String> licence) {
        CardMetadata metadata = new CardMetadata();
        metadata.add("library_name", "diffusers");
        metadata.add("pipeline_tag", "text-to-image");
        licence.forEach(metadata::add);
        baseModel(config).ifPresent(base -> {
            metadata.add("base_model", base);
            metadata.add("base_model_relation", config.lora() == null ? "finetune" : "adapter");
        });
        dataset(config).ifPresent(name -> metadata.add("datasets", List.of(name)));
        // The tags of diffusers' scripts.
        List<String> tags = new ArrayList<>(List.of(
                "stable-diffusion", "stable-diffusion-diffusers", "text-to-image", "diffusers", "diffusers-training"));
        if (config.lora() != null) {
            tags.add("lora");
        }
        metadata.add("tags", tags);
        return metadata.yaml + "---\n";
    }

    /** The base model's name on the hub, if it has one. */
    static Optional<String> baseModel(TrainingConfig config) {
        return RepoId.of(RepoType.MODEL, config.modelDirectory()).map(RepoId::name);
    }

    /** The data set's name on the hub, if it has one. */
    static Optional<String> dataset(TrainingConfig config) {
        String name = config.datasetName();
        return name == null
                ? Optional.empty()
                : RepoId.of(RepoType.DATASET, Path.of(name)).map(RepoId::name);
    }

    private void add(String name, String value) {
        yaml.append(name).append(": ").append(TEXT.toJson(value)).append('\n');
    }

    private void add(String name, List<String> values) {
        yaml.append(name).append(":\n");
        values.forEach(value -> yaml.append("- ").append(TEXT.toJson(value)).append('\n'));
    }
}
