package dev.text2image.publishing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.text2image.hub.Hub;
import dev.text2image.hub.HubSettings;
import dev.text2image.hub.upload.Pushed;
import dev.text2image.testing.StandInHub;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.training.Trainer;
import dev.text2image.training.config.LoraConfig;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.config.TrainingConfigBuilder;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cards of trained models, and that a run's result is published with its card. */
class ModelCardTest {
    private static final String LICENCE =
            "---\ntags:\n- x\nlicense: other\nlicense_name: my-licence\n---\nlicense: wrong\n";

    @TempDir
    private Path directory;

    private final StandInHub server = new StandInHub();

    @BeforeEach
    void serve() throws IOException {
        Path model = directory.resolve("base");
        TinyPipeline.write(model);
        Files.writeString(model.resolve("README.md"), LICENCE);
        server.commit("models/ada/base", model);
        Hub.share(hub());
    }

    private Hub hub() {
        return new Hub(HubSettings.of(Map.of(
                "HF_ENDPOINT",
                server.endpoint().toString(),
                "HF_TOKEN",
                StandInHub.TOKEN,
                "HF_HOME",
                directory.resolve("home").toString())));
    }

    @AfterEach
    void stop() {
        Hub.share(null);
        server.close();
    }

    private TrainingConfigBuilder config(String base) {
        return TrainingConfig.builder()
                .pretrainedModelNameOrPath(base)
                .trainDataDir("../notebooks/data/noto-emoji")
                .outputDir(directory.resolve("result").toString())
                .device("cpu")
                .resolution(16)
                .maxTrainSamples(2)
                .trainBatchSize(2)
                .snrGamma(5.0)
                .captionTemplate("a | b {}")
                .maxTrainSteps(2);
    }

    private String file(String name) throws IOException {
        return Files.readString(directory.resolve("result").resolve(name));
    }

    @Test
    void aModelIsPublishedWithItsCard() throws IOException {
        TrainingConfig config = config("ada/base")
                .validationPrompts(List.of("a \"red\" heart", "a cat"))
                .validationSteps(2)
                .build();
        Publisher publisher = Publisher.check(hub(), "result", true);
        try (Trainer trainer = new Trainer(config)) {
            trainer.run();
            Pushed pushed = publisher.publish(trainer);
            assertThat(pushed.repo()).hasToString("ada/result");
            assertThat(publisher.publish(trainer).files()).isZero();
        }
        assertThat(file("README.md"))
                .startsWith("---\nlibrary_name: \"diffusers\"\npipeline_tag: \"text-to-image\"\n")
                .contains("license: \"other\"\nlicense_name: \"my-licence\"\nbase_model: \"ada/base\"")
                .contains("base_model_relation: \"finetune\"")
                .contains("The licence is that of the base model, my-licence.")
                .contains("from_pretrained(\"ada/result\")", "pipeline(\"a red heart\")")
                .contains("| snr_gamma | 5.0 |", "| caption_template | a \\| b {} |", "| optimizer steps | 2 |")
                .doesNotContain("wrong", directory.toString(), "output_dir");
        BufferedImage samples =
                ImageIO.read(directory.resolve("result/samples.png").toFile());
        assertThat(samples.getWidth()).isGreaterThan(samples.getHeight()); // two images in a row
        assertThat(server.files("models/ada/result")).containsKeys("samples.png", "loss.png", "README.md");
    }

    @Test
    void adaptersNameTheirBaseAndADirectoryOfThisMachineIsNotTold() throws IOException {
        TrainingConfig config = config(directory.resolve("base").toString())
                .lora(LoraConfig.ofRank(2))
                .build();
        try (Trainer trainer = new Trainer(config)) {
            trainer.run();
            ModelCard.write(trainer, "ada/adapter");
        }
        assertThat(file("README.md"))
                .contains("- \"lora\"", "load_lora_weights(\"ada/adapter\")", ".withLora(Path.of(\"ada/adapter\"), 1)")
                .contains("Low-rank adapters (LoRA) of a Stable Diffusion model: base, fine-tuned", "| rank | 2 |")
                .doesNotContain("base_model", directory.toString(), "samples.png");
    }

    @Test
    void whatAPersonHasWrittenIsLeftAlone() throws IOException {
        try (Trainer trainer = new Trainer(config("ada/base").build())) {
            trainer.run();
            Path card = directory.resolve("result/README.md");
            Files.writeString(card, "my words");
            ModelCard.write(trainer, "ada/result");
            assertThat(card).content(StandardCharsets.UTF_8).isEqualTo("my words");
            Files.delete(card);
            ModelCard.write(trainer, "ada/first");
            ModelCard.write(trainer, "ada/second");
            assertThat(card).content().contains("ada/second").doesNotContain("ada/first");
        }
    }
}
