package dev.text2image.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.text2image.data.images.Images;
import dev.text2image.data.images.RgbImage;
import dev.text2image.io.InvalidInputException;
import dev.text2image.testing.ShowsEffectOf;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.training.config.CacheMode;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.config.TrainingConfigBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training on captions whose brackets weigh words. */
class WeightedCaptionsTest {
    private static final double ROUNDING = 1e-5;

    @TempDir
    private static Path shared;

    private static Path base = Path.of("");

    @TempDir
    private Path directory;

    @BeforeAll
    static void writeModel() {
        base = TinyPipeline.write(shared.resolve("base")).path();
    }

    /** Four images with the same caption. */
    private TrainingConfigBuilder config(String caption, boolean weighted) throws IOException {
        Path images = Files.createDirectories(directory.resolve("images"));
        for (String name : List.of("a", "b", "c", "d")) {
            Images.writePng(RgbImage.of(16, 16, new byte[16 * 16 * 3]), images.resolve(name + ".png"));
            Files.writeString(images.resolve(name + ".txt"), caption);
        }
        return TinyRun.config(base, directory.resolve("out"))
                .trainDataDir(images.toString())
                .maxTrainSamples(4)
                .maxTrainSteps(2)
                .weightedCaptions(weighted);
    }

    @Test
    @ShowsEffectOf("weighted_captions")
    void bracketsWeighTheWordsOfCaptions() throws IOException {
        double[] plain = TinyRun.losses(config("a red square", false));
        assertThat(TinyRun.losses(config("a red square", true)))
                .as("nothing to weigh")
                .containsExactly(plain, within(ROUNDING));
        assertThat(TinyRun.losses(config("a ([red]) square", true)))
                .as("weights that cancel")
                .containsExactly(plain, within(ROUNDING));
        double[] weighted = TinyRun.losses(config("a (red:2) square", true));
        assertThat(Math.abs(weighted[0] - plain[0])).isGreaterThan(1e-4);
        assertThat(Math.abs(weighted[0] - TinyRun.losses(config("a (red:2) square", false))[0]))
                .as("brackets as text")
                .isGreaterThan(1e-4);
        assertThat(TinyRun.losses(config("a (red:2) square", true).cacheTextEmbeddings(CacheMode.MEMORY)))
                .as("embeddings that are kept")
                .containsExactly(weighted, within(ROUNDING));
    }

    @Test
    void theTextEncoderLearnsFromThemToo() throws IOException {
        TrainingConfigBuilder config = config("a (red:2) square", true);
        double frozen = TinyRun.losses(config)[0];
        double[] trained = TinyRun.losses(
                config.trainTextEncoder(true).validationSamples(1).trainBatchSize(3));
        assertThat(Arrays.stream(trained).allMatch(Double::isFinite)).isTrue();
        assertThat(TinyRun.losses(config.validationSamples(0).trainBatchSize(4))[0])
                .as("before anything is learned")
                .isCloseTo(frozen, within(ROUNDING));
    }

    @Test
    void bracketsWithoutAPartnerAreToldBeforeTheRun() throws IOException {
        TrainingConfig config = config("a (red square", true).build();
        assertThatThrownBy(() -> {
                    try (Trainer trainer = new Trainer(config)) {
                        trainer.run();
                    }
                })
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("weighted_captions cannot read row 1 of the data")
                .hasMessageContaining("has a '(' at character 3 that is not closed");
        assertThatThrownBy(() -> config("a red square", true)
                        .validationPrompts(List.of("a red) square"))
                        .build())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("has a ')' at character 6 that closes no '('");
    }
}
