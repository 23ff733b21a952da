package dev.text2image.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.text2image.data.ImageCheck;
import dev.text2image.data.images.Images;
import dev.text2image.data.images.RgbImage;
import dev.text2image.io.InvalidInputException;
import dev.text2image.testing.ShowsEffectOf;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.config.TrainingConfigBuilder;
import dev.text2image.training.planning.TrainingEstimate;
import dev.text2image.training.records.TrainingHistory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Broken images in the data of a run. */
class RunImagesTest {
    @TempDir
    private static Path shared;

    private static Path base = Path.of("");

    @TempDir
    private Path directory;

    @BeforeAll
    static void writeBase() {
        base = TinyPipeline.write(shared.resolve("base")).path();
    }

    @BeforeEach
    void writeImages() throws IOException {
        for (int i = 0; i < 8; i++) {
            writeImage("sound", i);
            writeImage("mixed", i);
        }
        for (int i : new int[] {0, 3, 5}) {
            Files.delete(directory.resolve("sound").resolve(i + ".png"));
            Files.write(directory.resolve("mixed").resolve(i + ".png"), new byte[i]);
        }
    }

    private void writeImage(String folder, int number) throws IOException {
        byte[] samples = new byte[3 * 16 * 16];
        new Random(number).nextBytes(samples);
        Path image = directory.resolve(folder).resolve(number + ".png");
        Images.writePng(RgbImage.of(16, 16, samples), image);
        Files.writeString(image.resolveSibling(number + ".txt"), "picture " + number);
    }

    private TrainingConfigBuilder config(String data, String output) {
        return TinyRun.config(base, directory.resolve(output))
                .trainDataDir(directory.resolve(data).toString())
                .maxTrainSamples(4)
                .trainBatchSize(2)
                .checkpointingSteps(3);
    }

    @Test
    @ShowsEffectOf("skip_broken_images")
    void aRunWithoutBrokenImagesIsThatOfTheOthers() {
        double[] expected = TinyRun.losses(config("sound", "expected"));
        TrainingConfig skipping =
                config("mixed", "whole").skipBrokenImages(true).build();
        TrainingEstimate estimate = TrainingEstimate.of(skipping);
        assertThat(estimate.data().training()).extracting("row").containsExactly(0, 3, 5);
        assertThat(estimate.data().notes()).singleElement().asString().startsWith("3 of 8 images cannot be read");
        try (Trainer trainer = new Trainer(skipping, estimate)) {
            assertThat(trainer.describe()).contains("4 images (3 broken ones left out)");
            assertThat(losses(trainer)).containsExactly(expected);
        }
        assertThat(TinyRun.losses(config("mixed", "checked").skipBrokenImages(true)))
                .containsExactly(expected);
    }

    @Test
    void aResumedRunLeavesOutTheSameRows() {
        double[] expected = TinyRun.losses(config("mixed", "whole").skipBrokenImages(true));
        TrainingConfigBuilder halves = config("mixed", "halves").skipBrokenImages(true);
        try (Trainer first = new Trainer(halves.build())) {
            for (int i = 0; i < 3; i++) {
                first.step();
            }
        }
        TrainingConfigBuilder resumed = halves.resumeFromCheckpoint("latest");
        try (Trainer second = new Trainer(resumed.build())) {
            assertThat(losses(second)).containsExactly(expected);
        }
        assertThatThrownBy(() ->
                        new Trainer(resumed.checkImages(ImageCheck.Depth.FULL).build()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("check_images was \"header\" and is \"full\"");
    }

    private static double[] losses(Trainer trainer) {
        return trainer.run().rows().stream()
                .mapToDouble(TrainingHistory.Row::loss)
                .toArray();
    }

    @Test
    void brokenImagesOfBothDataSetsAreListedBeforeWeightsAreRead() throws IOException {
        Files.write(directory.resolve("sound/1.png"), new byte[0]);
        Files.write(base.resolve("unet/diffusion_pytorch_model.safetensors"), new byte[0]);
        TrainingConfigBuilder config = config("mixed", "out")
                .maxTrainSamples(8)
                .validationDataDir(directory.resolve("sound").toString());
        assertThatThrownBy(() -> TrainingEstimate.of(config.build()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContainingAll("3 of 8 images", "3.png: ", "1 of 5 images", "1.png: it is empty");
        assertThatThrownBy(() -> new Trainer(config.build())).hasMessageContaining("3 of 8 images");
        writeBase();
    }

    @Test
    @ShowsEffectOf("check_images")
    void aFullCheckFindsWhatHeadersDoNotShow() throws IOException {
        Path image = directory.resolve("sound/2.png");
        byte[] file = Files.readAllBytes(image);
        file[file.length / 2] ^= 1;
        Files.write(image, file);
        TrainingConfigBuilder config = config("sound", "out").maxTrainSamples(8);
        assertThat(TrainingEstimate.of(config.build()).images()).isEqualTo(5);
        config.checkImages(ImageCheck.Depth.FULL);
        assertThatThrownBy(() -> TrainingEstimate.of(config.build()))
                .hasMessageContainingAll("1 of 5 images", "2.png: the check sum of its IDAT chunk is wrong");
        assertThat(TrainingEstimate.of(config.skipBrokenImages(true).build()).images())
                .isEqualTo(4);
    }
}
