package dev.text2image.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.text2image.io.Json;
import dev.text2image.io.JsonFields;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.models.CLIPTextModel;
import dev.text2image.models.ModelOptions;
import dev.text2image.models.UNet2DConditionModel;
import dev.text2image.models.networks.AutoencoderKLConfig;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.samplers.DDPMScheduler;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.training.commands.GuideCommand;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.config.TrainingConfigBuilder;
import dev.text2image.training.objectives.DiffusionLoss;
import dev.text2image.training.objectives.LossWeighting;
import dev.text2image.training.objectives.Noise;
import dev.text2image.training.objectives.Objective;
import dev.text2image.training.optim.LearningRateSchedule;
import dev.text2image.training.records.TrainingHistory;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;

/** Short runs of a tiny pipeline on real captioned images. */
final class TinyRun {
    private static final Path EMOJI = Path.of("../notebooks/data/noto-emoji");

    private TinyRun() {}

    /** Six steps of four images; random crops of square images, mirrored at random. */
    static TrainingConfigBuilder config(Path base, Path output) {
        return TrainingConfig.builder()
                .pretrainedModelNameOrPath(base.toString())
                .trainDataDir(EMOJI.toString())
                .outputDir(output.toString())
                .device("cpu")
                .seed(3)
                .resolution(16)
                .randomFlip(true)
                .maxTrainSamples(10)
                .trainBatchSize(4)
                .learningRate(1e-3)
                .lrScheduler(LearningRateSchedule.Kind.COSINE)
                .lrWarmupSteps(1)
                .snrGamma(5.0)
                .maxTrainSteps(6);
    }

    /** The same shared by several, with batches of a size for each and with further flags. */
    static TrainingConfig shared(Path base, Path output, int processes, int batchSize, String flags) {
        TrainingConfig run = config(base, output)
                .numProcesses(processes)
                .trainBatchSize(batchSize)
                .build();
        return GuideCommand.parse(List.of(flags.split(" ")), run).config();
    }

    /** Loads the models of a fixture, whose text encoder is frozen. */
    static TrainedModels models(Path pipeline) {
        ModelOptions options = TinyPipeline.OPTIONS;
        return new TrainedModels(
                UNet2DConditionModel.fromPretrained(pipeline.resolve("unet"), options),
                null,
                AutoencoderKLConfig.fromJson(JsonFields.read(pipeline.resolve("vae/config.json"))),
                () -> AutoencoderKL.fromPretrained(pipeline.resolve("vae"), options),
                () -> CLIPTextModel.fromPretrained(pipeline.resolve("text_encoder"), options));
    }

    /** Min-SNR 5 with the noise schedule of a fixture. */
    static Objective minSnr(Path pipeline) {
        SchedulerConfig scheduler =
                SchedulerConfig.fromJson(Json.readObject(pipeline.resolve("scheduler/scheduler_config.json")));
        return new Objective(
                new DiffusionLoss(
                        DDPMScheduler.from(scheduler).noiseSchedule(),
                        scheduler.predictionType(),
                        new LossWeighting.MinSnr(5)),
                null);
    }

    /** One of the micro-batches of the training fixtures. */
    static TextToImageBatch batch(Fixtures batches, int index) {
        return new TextToImageBatch(
                batches.get("pixel_values").get(index),
                batches.get("input_ids").get(index),
                batches.get("posterior_noise").get(index),
                Noise.unperturbed(batches.get("noise").get(index)),
                LongStream.of(batches.get("timesteps").get(index).toLongArray())
                        .mapToInt(Math::toIntExact)
                        .toArray());
    }

    /** Runs to the end and returns the losses of the steps. */
    static double[] losses(TrainingConfigBuilder config) {
        try (Trainer trainer = new Trainer(config.build())) {
            return trainer.run().rows().stream()
                    .mapToDouble(TrainingHistory.Row::loss)
                    .toArray();
        }
    }

    /** All weights of a model's UNet in one array. */
    static float[] unetWeights(Path model) {
        try (UNet2DConditionModel unet =
                UNet2DConditionModel.fromPretrained(model.resolve("unet"), TinyPipeline.OPTIONS)) {
            List<NDArray> tensors = List.copyOf(unet.weights().tensors().values());
            FloatBuffer all = FloatBuffer.allocate(
                    tensors.stream().mapToInt(tensor -> (int) tensor.size()).sum());
            tensors.forEach(
                    tensor -> all.put(tensor.toType(DataType.FLOAT32, false).toFloatArray()));
            return all.array();
        }
    }

    /** Data and models of a run. */
    static TextToImage parts(Trainer trainer) {
        return (TextToImage) trainer.trainable();
    }
}
