package dev.text2image.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;
import dev.text2image.data.images.Images;
import dev.text2image.data.images.Transparency;
import dev.text2image.io.InvalidInputException;
import dev.text2image.nn.MixedPrecision;
import dev.text2image.nn.graph.Checkpointing;
import dev.text2image.pipelines.GeneratedImages;
import dev.text2image.pipelines.GenerationRequest;
import dev.text2image.pipelines.PipelineDirectory;
import dev.text2image.pipelines.StableDiffusionPipeline;
import dev.text2image.schedulers.PredictionType;
import dev.text2image.testing.ShowsEffectOf;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.config.TrainingConfigBuilder;
import dev.text2image.training.optim.LearningRateSchedule;
import dev.text2image.training.records.TrainingHistory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Whole runs of a tiny pipeline on real captioned images. */
class TrainerTest {
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

    @Test
    @ShowsEffectOf({"mixed_precision", "gradient_checkpointing"})
    void gradientCheckpointingAndBfloat16ChangeTheResultOnlyByRounding() {
        double plain = lastLoss(config("plain"));
        assertThat(lastLoss(config("checkpointed").gradientCheckpointing(Checkpointing.FULL)))
                .isCloseTo(plain, within(1e-4 * plain));
        assertThat(lastLoss(config("bf16").mixedPrecision(MixedPrecision.BF16))).isCloseTo(plain, within(3e-2 * plain));
        assertThat(lastLoss(
                        config("both").mixedPrecision(MixedPrecision.BF16).gradientCheckpointing(Checkpointing.FULL)))
                .isCloseTo(plain, within(3e-2 * plain));
    }

    @Test
    @ShowsEffectOf("float32_norms")
    void normsInFloat32ChangeAHalfPrecisionRunByRounding() {
        double half = lastLoss(config("half").mixedPrecision(MixedPrecision.BF16));
        double full =
                lastLoss(config("full").mixedPrecision(MixedPrecision.BF16).float32Norms(true));
        assertThat(half).isNotEqualTo(full).isCloseTo(full, within(3e-2 * full));
    }

    private static double lastLoss(TrainingConfigBuilder config) {
        double[] losses = TinyRun.losses(config);
        return losses[losses.length - 1];
    }

    /** Whether that takes no memory is in WeightsInFilesTest. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void frozenModelsStayInTheirFiles() {
        try (Trainer trainer = new Trainer(config("frozen").build())) {
            trainer.step();
            TrainedModels models = TinyRun.parts(trainer).models();
            assertThat(models.vae().weights().areInFiles()).isTrue();
            assertThat(models.textEncoder().weights().areInFiles()).isTrue();
            assertThat(models.unet().weights().areInFiles()).isFalse();
        }
    }

    @Test
    @ShowsEffectOf("pretrained_model_name_or_path")
    void theResultIsAPipelineWhoseOtherPartsAreUntouched() throws IOException {
        try (Trainer trainer =
                new Trainer(config("out").useEma(true).maxTrainSteps(2).build())) {
            trainer.run();
        }
        PipelineDirectory tuned = PipelineDirectory.open(directory.resolve("out"));
        for (String file : List.of(
                "vae/diffusion_pytorch_model.safetensors",
                "text_encoder/model.safetensors",
                "tokenizer/merges.txt",
                "scheduler/scheduler_config.json",
                "unet/config.json")) {
            assertThat(Files.readAllBytes(tuned.path().resolve(file)))
                    .as(file)
                    .isEqualTo(Files.readAllBytes(base.resolve(file)));
        }
        assertThat(TinyRun.unetWeights(tuned.path())).isNotEqualTo(TinyRun.unetWeights(base));
        TrainingHistory history = TrainingHistory.read(tuned.path().resolve("history.csv"), 1);
        assertThat(history.rows()).hasSize(1);
        assertThat(history.table().columnNames()).contains("step", "loss", "learning_rate");
    }

    @Test
    void imagesAreDrawnWithTheAverageOrWithout() {
        GenerationRequest request =
                GenerationRequest.of("a cat").numInferenceSteps(1).seed(0).build();
        try (Trainer trainer =
                new Trainer(config("out").useEma(true).maxTrainSteps(3).build())) {
            for (int i = 0; i < 3; i++) {
                trainer.step();
            }
            StableDiffusionPipeline averaged = trainer.pipeline();
            StableDiffusionPipeline raw = trainer.pipelineWithoutEma();
            assertThat(pixels(raw.generate(request))).isNotEqualTo(pixels(averaged.generate(request)));
        }
        try (Trainer trainer = new Trainer(config("plain").maxTrainSteps(1).build())) {
            trainer.step();
            assertThat(pixels(trainer.pipelineWithoutEma().generate(request)))
                    .isEqualTo(pixels(trainer.pipeline().generate(request)));
        }
    }

    @Test
    @ShowsEffectOf("train_text_encoder")
    void theTextEncoderIsTrainedIfThatIsWanted() throws IOException {
        TinyRun.losses(config("out").trainTextEncoder(true).maxTrainSteps(2));
        String file = "text_encoder/model.safetensors";
        assertThat(Files.mismatch(directory.resolve("out").resolve(file), base.resolve(file)))
                .as("the first byte that differs")
                .isNotEqualTo(-1);
    }

    @Test
    @ShowsEffectOf({"checkpointing_steps", "checkpoints_total_limit"})
    void onlyTheNewestCheckpointsAreKeptAndForeignDirectoriesLeftAlone() throws IOException {
        Path foreign = Files.createDirectories(directory.resolve("out/checkpoint-best"));
        try (Trainer trainer = new Trainer(
                config("out").checkpointingSteps(2).checkpointsTotalLimit(2).build())) {
            trainer.run();
        }
        try (Stream<Path> entries = Files.list(directory.resolve("out"))) {
            assertThat(entries.map(path -> path.getFileName().toString()).filter(name -> name.startsWith("checkpoint")))
                    .containsExactlyInAnyOrder("checkpoint-4", "checkpoint-6", "checkpoint-best");
        }
        assertThat(foreign).isDirectory();
    }

    @Test
    void stopEndsTheRunAndTheSameObjectGoesOn() {
        try (Trainer whole = new Trainer(config("whole").build());
                Trainer stopped = new Trainer(config("stopped").build())) {
            whole.run();
            stopped.step();
            Thread.currentThread().interrupt();
            assertThatThrownBy(stopped::run).isInstanceOf(CancellationException.class);
            stopped.run();
        }
        assertThat(TinyRun.unetWeights(directory.resolve("stopped")))
                .isEqualTo(TinyRun.unetWeights(directory.resolve("whole")));
    }

    @Test
    void threeHundredStepsLeaveNoArraysBehind() {
        TrainingConfig config = config("out")
                .maxTrainSteps(303)
                .gradientCheckpointing(Checkpointing.FULL)
                .useEma(true)
                .trainBatchSize(1)
                .checkpointingSteps(1000)
                .build();
        try (Trainer trainer = new Trainer(config)) {
            for (int i = 0; i < 3; i++) {
                trainer.step();
            }
            long arrays = liveArrays(trainer);
            long resident = residentKilobytes();
            for (int i = 0; i < 300; i++) {
                trainer.step();
                assertThat(liveArrays(trainer)).isEqualTo(arrays);
            }
            // The allocator and the JIT compiler may still grow a little; a leak of one tensor a step would be far
            // above this.
            assertThat(residentKilobytes() - resident).isLessThan(200_000);
        }
    }

    private static byte[] pixels(GeneratedImages images) {
        return Images.fromBufferedImage(images.images().get(0), Transparency.DROP)
                .pixels();
    }

    private static long liveArrays(Trainer trainer) {
        return trainer.manager().getManagedArrays().size();
    }

    private static long residentKilobytes() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0; // not Linux: the number of arrays must do
        }
    }

    @Test
    void trainingLowersTheLossOfWhatItSees() {
        TrainingConfig config = config("out")
                .maxTrainSamples(4)
                .maxTrainSteps(60)
                .learningRate(2e-3)
                .randomFlip(false)
                .centerCrop(true)
                .build();
        try (Trainer trainer = new Trainer(config)) {
            List<TrainingHistory.Row> rows = trainer.run().rows();
            double early = rows.subList(0, 15).stream()
                    .mapToDouble(TrainingHistory.Row::loss)
                    .average()
                    .orElseThrow();
            double late = rows.subList(45, 60).stream()
                    .mapToDouble(TrainingHistory.Row::loss)
                    .average()
                    .orElseThrow();
            assertThat(late).isLessThan(0.8 * early);
        }
    }

    @Test
    void everythingWrongWithTheHyperparametersIsSaidAtOnce() {
        assertThatThrownBy(() -> config("out")
                        .learningRate(-1)
                        .resolution(30)
                        .snrGamma(0.0)
                        .build())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("learning_rate is -1.0")
                .hasMessageContaining("resolution is 30, but must be a multiple of 8")
                .hasMessageContaining("snr_gamma is 0.0, but must be above 0; leave it out to switch it off");
    }

    @Test
    void aRunDoesNotGoOnWithOtherHyperparametersThatItsStateDependsOn() {
        try (Trainer trainer =
                new Trainer(config("out").maxTrainSteps(1).checkpointingSteps(1).build())) {
            trainer.run();
        }
        assertThatThrownBy(() -> new Trainer(config("out")
                        .seed(4)
                        .useEma(true)
                        .resumeFromCheckpoint("latest")
                        .build()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("use_ema was false and is true; seed was 3 and is 4");
    }

    @Test
    void aNewCheckpointIsKeptBesideHigherNumbersOfAnEarlierRun() {
        try (Trainer trainer = new Trainer(config("out").checkpointingSteps(2).build())) {
            trainer.run();
        }
        TrainingConfig again = config("out")
                .checkpointingSteps(3)
                .maxTrainSteps(3)
                .checkpointsTotalLimit(2)
                .resumeFromCheckpoint("checkpoint-2")
                .build();
        try (Trainer trainer = new Trainer(again)) {
            trainer.run();
        }
        assertThat(directory.resolve("out/checkpoint-3")).isDirectory();
        assertThat(directory.resolve("out/checkpoint-2")).doesNotExist();
    }

    @Test
    @ShowsEffectOf("prediction_type")
    void thePredictionTypeThatWasTrainedIsTheOneThatIsSaved() {
        TrainingConfig config = config("out")
                .predictionType(PredictionType.V_PREDICTION)
                .maxTrainSteps(1)
                .build();
        try (Trainer trainer = new Trainer(config)) {
            trainer.run();
            assertThat(trainer.pipeline().scheduler().config().predictionType()).isEqualTo(PredictionType.V_PREDICTION);
        }
        assertThat(PipelineDirectory.open(directory.resolve("out"))
                        .scheduler()
                        .config()
                        .predictionType())
                .isEqualTo(PredictionType.V_PREDICTION);
    }

    @Test
    @ShowsEffectOf("rescale_betas_zero_snr")
    void aModelTrainedToZeroTerminalSnrSaysSoInItsSchedulerAndSamplesByIt() {
        TrainingConfig config = config("out")
                .predictionType(PredictionType.V_PREDICTION)
                .rescaleBetasZeroSnr(true)
                .maxTrainSteps(1)
                .build();
        try (Trainer trainer = new Trainer(config)) {
            assertThat(trainer.run().rows().get(0).loss()).isFinite();
            assertThat(trainer.pipeline().scheduler().noiseSchedule().snr(999)).isZero();
        }
        PipelineDirectory saved = PipelineDirectory.open(directory.resolve("out"));
        JsonObject scheduler = saved.schedulerConfig();
        assertThat(scheduler.get("_class_name").getAsString()).isEqualTo("DDIMScheduler");
        assertThat(scheduler.get("prediction_type").getAsString()).isEqualTo("v_prediction");
        assertThat(scheduler.get("rescale_betas_zero_snr").getAsBoolean()).isTrue();
        assertThat(scheduler.get("timestep_spacing").getAsString()).isEqualTo("trailing");
        assertThat(saved.modelIndex().getAsJsonArray("scheduler").get(1).getAsString())
                .isEqualTo("DDIMScheduler");
        try (StableDiffusionPipeline pipeline =
                StableDiffusionPipeline.fromPretrained(saved.path(), TinyPipeline.OPTIONS)) {
            assertThat(pipeline.scheduler().start(4).timesteps()).startsWith(999f);
        }
    }

    @Test
    void objectivesThatMakeNoSenseAreRefusedBeforeAnythingIsLoaded() {
        TrainingConfigBuilder noData = config("out").trainDataDir("there is no such directory");
        assertThatThrownBy(() -> new Trainer(noData.dreamTraining(true)
                        .predictionType(PredictionType.V_PREDICTION)
                        .build()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("dream_training is on and prediction_type is v_prediction");
        assertThatThrownBy(() -> new Trainer(noData.dreamTraining(false)
                        .predictionType(PredictionType.EPSILON)
                        .rescaleBetasZeroSnr(true)
                        .build()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("rescale_betas_zero_snr is on and prediction_type is epsilon");
    }

    @Test
    void everyOptionOfTheObjectiveReachesTheLoss() {
        List<Double> losses = Stream.of(
                        config("plain"),
                        config("offset").noiseOffset(0.1),
                        config("perturbed").inputPerturbation(0.1),
                        config("dream").dreamTraining(true),
                        config("detailed").dreamTraining(true).dreamDetailPreservation(2),
                        config("weighted").snrGamma(0.01),
                        config("velocity").predictionType(PredictionType.V_PREDICTION))
                .map(config -> lastLoss(config.maxTrainSteps(1)))
                .toList();
        assertThat(losses)
                .doesNotHaveDuplicates()
                .allSatisfy(loss -> assertThat(loss).isFinite());
    }

    /** An epoch has three micro-batches, so its second step has one. */
    @Test
    @ShowsEffectOf("diffusers_compatible")
    void onlyDiffusersDividesAShortLastGroupByTheWholeAccumulation() {
        TrainingConfigBuilder twoSteps =
                config("out").gradientAccumulationSteps(2).maxTrainSteps(2);
        double real = lastLoss(twoSteps);
        double compatible = lastLoss(twoSteps.diffusersCompatible(true));
        assertThat(compatible).isCloseTo(real / 2, within(1e-6 * real));
    }

    @Test
    @ShowsEffectOf("lr_step_rules")
    void theLearningRateFollowsItsRules() {
        TrainingConfig config = config("out")
                .lrScheduler(LearningRateSchedule.Kind.PIECEWISE_CONSTANT)
                .lrStepRules("1:1,0.5:2,0.1")
                .maxTrainSteps(3)
                .build();
        try (Trainer trainer = new Trainer(config)) {
            assertThat(trainer.run().rows())
                    .extracting(TrainingHistory.Row::learningRate)
                    .containsExactly(1e-3, 0.5e-3, 0.1 * 1e-3);
        }
        assertThatThrownBy(() ->
                        config.toBuilder().lrStepRules("1:1").trainBatchSize(0).build())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("train_batch_size is 0, but must be at least 1; lr_step_rules is '1:1'");
    }

    @Test
    void aMissingCheckpointIsNamed() {
        assertThatThrownBy(() -> new Trainer(
                        config("out").resumeFromCheckpoint("checkpoint-7").build()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("There is no complete checkpoint 'checkpoint-7'");
    }
}
