package dev.text2image.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import dev.text2image.data.CaptionedDataset;
import dev.text2image.data.images.Images;
import dev.text2image.data.images.RgbImage;
import dev.text2image.io.InvalidInputException;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.models.CLIPTextModel;
import dev.text2image.testing.ShowsEffectOf;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.torch.Torch;
import dev.text2image.trackers.Journal;
import dev.text2image.training.config.CacheMode;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.config.TrainingConfigBuilder;
import dev.text2image.training.records.TrainingHistory;
import dev.text2image.training.records.ValidationResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The loss on images that are not trained on, and the images that are drawn on the way. */
class ValidationTest {
    @TempDir
    private static Path shared;

    private static Path base = Path.of("");

    @TempDir
    private Path directory;

    @BeforeAll
    static void writeBase() {
        base = TinyPipeline.write(shared.resolve("base")).path();
    }

    private TrainingConfigBuilder config(String output) {
        return TinyRun.config(base, directory.resolve(output));
    }

    /** A directory of images of one colour each, with the captions image 0, image 1, ... */
    private Path images(String name, int count) throws IOException {
        Path images = Files.createDirectories(directory.resolve(name));
        StringBuilder metadata = new StringBuilder("file_name,text\n");
        for (int i = 0; i < count; i++) {
            writeImage(images, i, 40 + 20 * i);
            metadata.append(i).append(".png,image ").append(i).append('\n');
        }
        Files.writeString(images.resolve("metadata.csv"), metadata);
        return images;
    }

    private static void writeImage(Path images, int number, int brightness) {
        byte[] pixels = new byte[16 * 16 * 3];
        Arrays.fill(pixels, (byte) brightness);
        Images.writePng(RgbImage.of(16, 16, pixels), images.resolve(number + ".png"));
    }

    private static CaptionedDataset heldOut(Trainer trainer) {
        return Objects.requireNonNull(TinyRun.parts(trainer).data().validationImages());
    }

    private static List<String> captions(CaptionedDataset dataset) {
        return IntStream.range(0, dataset.size())
                .mapToObj(row -> dataset.captions(row).get(0))
                .toList();
    }

    private static ValidationResult validate(Trainer trainer) {
        trainer.validate();
        List<ValidationResult> results = trainer.history().validations();
        return results.get(results.size() - 1);
    }

    @Test
    void theSameWeightsGiveTheSameNumberWhateverWasDrawnInBetween() {
        try (NDManager manager = Torch.newManager(Device.cpu());
                Trainer trainer = new Trainer(config("out").validationSamples(5).build());
                Trainer other = new Trainer(config("other").validationSamples(5).build())) {
            ValidationResult first = validate(trainer);
            Torch.seed(99);
            manager.randomNormal(new Shape(3));
            assertThat(validate(trainer)).isEqualTo(first);
            trainer.step(); // at the learning rate 0 of the warm-up
            trainer.step();
            assertThat(validate(trainer).loss()).isNotEqualTo(first.loss());
            assertThat(validate(other)).isEqualTo(first);
        }
    }

    @Test
    void theTrainingIsTheSameHoweverOftenItIsValidated() {
        double[] often = TinyRun.losses(config("often").validationSamples(2).validationSteps(1));
        double[] once = TinyRun.losses(config("once").validationSamples(2).validationSteps(100));
        assertThat(often).isEqualTo(once);
    }

    @Test
    void theRangesOfTimestepsAverageToTheLossAndAreColumns() {
        try (Trainer trainer = new Trainer(config("out").validationSamples(5).build())) {
            ValidationResult result = validate(trainer);
            assertThat(result.ranges())
                    .extracting(ValidationResult.Range::name)
                    .containsExactly("loss_0_249", "loss_250_499", "loss_500_749", "loss_750_999");
            assertThat(result.loss())
                    .isCloseTo(
                            result.ranges().stream()
                                    .mapToDouble(ValidationResult.Range::loss)
                                    .average()
                                    .orElseThrow(),
                            within(1e-12));
            assertThat(trainer.history().validationTable().columnNames())
                    .containsExactly(
                            "step", "validation_loss", "loss_0_249", "loss_250_499", "loss_500_749", "loss_750_999");
            assertThat(trainer.history().validationTable().rowCount()).isEqualTo(1);
        }
        assertThat(new TrainingHistory().validationTable().columnNames()).containsExactly("step", "validation_loss");
    }

    @Test
    void theCurveFallsOnImagesThatAreLearned() throws IOException {
        Path images = images("images", 4);
        TrainingConfig config = config("out")
                .trainDataDir(images.toString())
                .validationDataDir(images.toString())
                .learningRate(2e-3)
                .maxTrainSteps(60)
                .validationSteps(20)
                .build();
        try (Trainer trainer = new Trainer(config)) {
            List<Double> curve = trainer.run().validations().stream()
                    .map(ValidationResult::loss)
                    .toList();
            assertThat(curve).hasSize(4);
            assertThat(curve.get(3)).isLessThan(0.8 * curve.get(0));
        }
    }

    @Test
    @ShowsEffectOf("validation_samples")
    void imagesThatAreHeldOutAreNotTrainedOn() throws IOException {
        Path images = images("images", 8);
        TrainingConfigBuilder config = config("out")
                .trainDataDir(images.toString())
                .maxTrainSamples(6)
                .validationSamples(2)
                .maxTrainSteps(4);
        List<String> captions;
        double before;
        try (Trainer trainer = new Trainer(config.build())) {
            captions = captions(heldOut(trainer));
            assertThat(captions).hasSize(2);
            assertThat(TinyRun.parts(trainer).data().size()).isEqualTo(4);
            before = validate(trainer).loss();
        }
        double[] losses = TinyRun.losses(config);
        captions.forEach(caption -> writeImage(images, Integer.parseInt(caption.substring("image ".length())), 0));
        assertThat(TinyRun.losses(config)).isEqualTo(losses);
        try (Trainer trainer = new Trainer(config.build())) {
            assertThat(captions(heldOut(trainer))).isEqualTo(captions);
            assertThat(validate(trainer).loss()).isNotEqualTo(before);
        }
    }

    @Test
    @ShowsEffectOf("validation_data_dir")
    void aDirectoryOfItsOwnLeavesAllImagesToTrainOn() throws IOException {
        Path own = images("own", 3);
        TrainingConfig config = config("out")
                .validationDataDir(own.toString())
                .validationSamples(2)
                .build();
        try (Trainer trainer = new Trainer(config)) {
            assertThat(TinyRun.parts(trainer).data().size()).isEqualTo(10);
            assertThat(captions(heldOut(trainer))).containsExactly("image 0", "image 1", "image 2");
        }
    }

    @Test
    void someImagesMustBeLeftToTrainOn() {
        TrainingConfig config = config("out").validationSamples(10).build();
        assertThatThrownBy(() -> new Trainer(config))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("validation_samples is 10, but there are 10 images");
    }

    /** Eight images are left, two steps of an epoch. */
    @ParameterizedTest
    @CsvSource({
        "5, , '0 2'",
        "1, , '0 2 4 6'",
        "2, , '0 2 6'",
        "1, 4, '0 4'",
        "5, 1, '0 1 2 3 4 5 6'",
        "1, 100, '0'",
    })
    @ShowsEffectOf({"validation_epochs", "validation_steps"})
    void stepsOrElseEpochsDecideWhen(int epochs, Integer steps, String expected) {
        TrainingConfig config = config("out")
                .validationSamples(2)
                .validationEpochs(epochs)
                .validationSteps(steps)
                .build();
        try (Trainer trainer = new Trainer(config)) {
            assertThat(trainer.run().validations().stream()
                            .map(result -> String.valueOf(result.step()))
                            .toList())
                    .isEqualTo(List.of(expected.split(" ")));
        }
    }

    /** The average takes the weights of the first step, and then stays. */
    @Test
    void theAverageIsMeasuredIfThereIsOne() {
        TrainingConfig config = config("out")
                .validationSamples(2)
                .useEma(true)
                .emaDecay(1)
                .emaMinDecay(1)
                .build();
        try (Trainer trainer = new Trainer(config)) {
            trainer.step();
            ValidationResult first = validate(trainer);
            trainer.step();
            assertThat(trainer.step().emaDecay()).isEqualTo(1);
            assertThat(validate(trainer).loss()).isEqualTo(first.loss());
        }
    }

    @ParameterizedTest
    @CsvSource({"NONE", "MEMORY", "DISK"})
    @ShowsEffectOf("validation_prompts")
    void promptsAreDrawnIntoFilesWhetherTheFrozenModelsAreKeptOrFreed(CacheMode caches) throws IOException {
        TrainingConfig config = config("out")
                .cacheLatents(caches)
                .cacheTextEmbeddings(caches)
                .validationPrompts(List.of("a red apple", "a ship"))
                .validationSteps(2)
                .maxTrainSteps(6) // two epochs, in which caches in memory are filled
                .build();
        try (Trainer trainer = new Trainer(config)) {
            TrainedModels models = TinyRun.parts(trainer).models();
            AutoencoderKL vae = models.vae();
            CLIPTextModel text = models.textEncoder();
            trainer.run();
            assertThat(models.vae() == vae).as("the VAE stays").isEqualTo(caches == CacheMode.NONE);
            assertThat(models.textEncoder() == text)
                    .as("the text encoder stays")
                    .isEqualTo(caches == CacheMode.NONE);
        }
        List<Integer> journal = new ArrayList<>();
        for (JsonObject line : Journal.read(directory.resolve("out"))) {
            if (line.get("event").getAsString().equals("images")) {
                assertThat(line.get("count").getAsInt()).isEqualTo(2);
                journal.add(line.get("step").getAsInt());
            }
        }
        assertThat(journal).containsExactly(2, 4, 6);
        assertThat(files("step-2")).hasSize(2);
        assertThat(files("step-6")).isEqualTo(files("step-2"));
    }

    private List<String> files(String step) throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("out/validation").resolve(step))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
