package dev.text2image.training.planning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.text2image.io.InvalidInputException;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.training.Trainer;
import dev.text2image.training.config.CacheMode;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.config.TrainingConfigBuilder;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of a run before it starts. */
class TrainingEstimateTest {
    private static final Path EMOJI = Path.of("../notebooks/data/noto-emoji");

    @TempDir
    private static Path shared;

    private static Path base = Path.of("");

    @TempDir
    private Path directory;

    @BeforeAll
    static void writeBase() {
        base = TinyPipeline.write(shared.resolve("base")).path();
    }

    private TrainingConfigBuilder config() {
        return TrainingConfig.builder()
                .pretrainedModelNameOrPath(base.toString())
                .trainDataDir(EMOJI.toString())
                .outputDir(directory.resolve("out").toString())
                .device("cpu")
                .resolution(16)
                .maxTrainSamples(10)
                .trainBatchSize(4)
                .maxTrainSteps(6);
    }

    @Test
    void replicasShareBatchesAndEachNeedsMemory() {
        TrainingEstimate one = TrainingEstimate.of(config().useEma(true).build());
        TrainingEstimate two =
                TrainingEstimate.of(config().useEma(true).device("cpu,cpu").build());
        assertThat(two.batchSize()).isEqualTo(8);
        assertThat(two.plan().batchesPerEpoch()).isEqualTo(2);
        TrainingMemory memory = two.memory();
        assertThat(memory.onFurtherDevice()).isEqualTo(memory.onDevice() - memory.optimizer() - memory.movingAverage());
        assertThat(two.devices()).singleElement().satisfies(use -> {
            assertThat(use.replicas()).isEqualTo(2);
            assertThat(use.needed()).isEqualTo(one.devices().get(0).needed() + memory.onFurtherDevice());
        });
        assertThat(two.text()).contains(" for 2 replicas of ").contains("10 in 2 batches of 8");
        assertThat(one.text()).doesNotContain("replicas");
    }

    private static void assertRefused(TrainingConfigBuilder config, String... lines) {
        assertThatThrownBy(() -> TrainingEstimate.of(config.build()))
                .isInstanceOf(InvalidInputException.class)
                .message()
                .startsWith(lines.length == 1 ? "" : "The run cannot start:\n- ")
                .contains(Arrays.asList(lines))
                .satisfies(message -> assertThat(message.lines()).hasSize(lines.length == 1 ? 1 : 1 + lines.length));
    }

    @Test
    void theWholeRunIsDescribedAndNothingIsWritten() {
        TrainingEstimate estimate = TrainingEstimate.of(config().useEma(true)
                .checkpointingSteps(2)
                .checkpointsTotalLimit(1)
                .build());
        assertThat(estimate.plan()).isEqualTo(new TrainingPlan(3, 1, 6, false));
        assertThat(estimate.fits()).isTrue();
        assertThat(estimate.advice()).isEmpty();
        long parameters = estimate.parts().get(0).parameters();
        assertThat(estimate.memory().trainedWeights()).isEqualTo(4 * parameters);
        assertThat(estimate.disk().checkpoint()).isEqualTo(4 * 4 * parameters + 4);
        assertThat(estimate.disk().checkpoints()).isEqualTo(2);
        assertThat(estimate.text())
                .containsPattern("UNet +[0-9,]+ parameters, trained")
                .contains("10 in 3 batches of 4")
                .contains("6 of 1 x 4 images in 2 epochs, each image 2.0 times")
                .containsPattern("memory on cpu +[0-9.]+ MiB of [0-9.]+ GiB free \\([0-9.]+ GiB in all\\): fits");
        assertThat(estimate.table().rowCount())
                .isEqualTo(estimate.text().lines().count());
        assertThat(directory.resolve("out")).doesNotExist();
    }

    @Test
    void theEstimateOfTheDiskIsWhatARunWrites() throws IOException {
        TrainingConfig config =
                config().useEma(true).maxTrainSteps(2).checkpointingSteps(1).build();
        DiskUse disk = TrainingEstimate.of(config).disk();
        try (Trainer trainer = new Trainer(config)) {
            trainer.run();
        }
        assertThat(disk.checkpoints()).isEqualTo(2);
        assertThat((double) disk.checkpoint() / size(directory.resolve("out/checkpoint-1")))
                .isBetween(0.9, 1.0);
        assertThat((double) disk.total() / size(directory.resolve("out"))).isBetween(0.9, 1.0);
    }

    private static long size(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    @Test
    void everythingThatKeepsARunFromStartingIsSaidAtOnce() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "x");
        assertRefused(
                config().outputDir(file.resolve("out").toString())
                        .device("cuda:99")
                        .trainTextEncoder(true)
                        .cacheTextEmbeddings(CacheMode.MEMORY)
                        .keepBestCheckpoint(true)
                        .captionColumn("nothing")
                        .validationDataDir(directory.resolve("none").toString())
                        .variant("fp16"),
                "but nothing can be written to " + file + ", which is no directory",
                "Device 'cuda:99' was asked for",
                "cache_text_embeddings keeps the outputs of a text encoder that does not change",
                "The caption column \"nothing\" is not in",
                "There is no " + directory.resolve("none"),
                "looked for diffusion_pytorch_model.fp16.safetensors");
        assertRefused(config().keepBestCheckpoint(true), "keep_best_checkpoint needs data");
        assertRefused(config().validationSamples(10), "validation_samples is 10, but there are 10 images");
        assertRefused(config().resumeFromCheckpoint("checkpoint-9"), "There is no complete checkpoint 'checkpoint-9'");
        assertRefused(config().pretrainedModelNameOrPath(file.toString()), file + " is a file");
    }

    @Test
    void aModelIsCheckedWithoutLoadingIt() throws IOException {
        Path broken = TinyPipeline.write(directory.resolve("broken")).path();
        Files.writeString(
                broken.resolve("scheduler/scheduler_config.json"),
                Files.readString(broken.resolve("scheduler/scheduler_config.json"))
                        .replace("\"epsilon\"", "\"v_prediction\""));
        Path vae = broken.resolve("vae/config.json");
        Files.writeString(vae, Files.readString(vae).replace("\"latent_channels\": 4", "\"latent_channels\": 8"));
        assertRefused(
                config().pretrainedModelNameOrPath(broken.toString()).dreamTraining(true),
                "dream_training needs a model that predicts epsilon, but this one predicts v_prediction",
                "tensors of another shape (encoder.conv_out.weight",
                "the VAE has 8 latent channels, the UNet takes 4 and gives 4");
    }

    @Test
    void latentsOfRandomCropsAreNotCached() throws IOException {
        Path images = Files.createDirectories(directory.resolve("images"));
        for (int width : List.of(20, 30, 40)) {
            var image = new BufferedImage(width, 20, BufferedImage.TYPE_INT_RGB);
            ImageIO.write(image, "png", images.resolve(width + ".png").toFile());
            Files.writeString(images.resolve(width + ".txt"), "a black square");
        }
        TrainingConfigBuilder config = config().trainDataDir(images.toString()).cacheLatents(CacheMode.MEMORY);
        assertRefused(config, "2 of 3 images are not square and would be cropped at random; set center_crop");
        assertThat(TrainingEstimate.of(config.centerCrop(true).build()).memory().textCache())
                .isZero();
    }

    @Test
    void aDiskThatIsTooSmallNamesTheOption() {
        assertRefused(
                config().maxTrainSteps(2_000_000_000).checkpointingSteps(1),
                "set a lower checkpoints_total_limit or choose another output_dir");
        assertThat(TrainingEstimate.of(config().maxTrainSteps(2_000_000_000)
                                .checkpointingSteps(1)
                                .checkpointsTotalLimit(2)
                                .build())
                        .disk()
                        .checkpoints())
                .isEqualTo(3);
    }
}
