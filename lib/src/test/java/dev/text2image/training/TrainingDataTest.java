package dev.text2image.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.text2image.data.CaptionedDataset;
import dev.text2image.data.loading.DataLoader;
import dev.text2image.data.loading.Draw;
import dev.text2image.data.loading.RowOrder;
import dev.text2image.io.JsonFields;
import dev.text2image.models.networks.AutoencoderKLConfig;
import dev.text2image.schedulers.NoiseSchedule;
import dev.text2image.schedulers.PredictionType;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.samplers.DDPMScheduler;
import dev.text2image.testing.ShowsEffectOf;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.tokenizers.CLIPTokenizer;
import dev.text2image.torch.Torch;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.config.TrainingConfigBuilder;
import dev.text2image.training.objectives.DiffusionLoss;
import dev.text2image.training.objectives.LossWeighting;
import dev.text2image.training.planning.RunImages;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the models see in a micro-batch, drawn with the run's seed. */
class TrainingDataTest {
    private static final CLIPTokenizer TOKENIZER = CLIPTokenizer.load(TinyPipeline.TOKENIZER);
    private static final AutoencoderKLConfig VAE = AutoencoderKLConfig.fromJson(
            JsonFields.read(TinyPipeline.fixture("vae").resolve("config.json")));
    private static final int BATCH = 8;

    private static TrainingConfigBuilder config() {
        return TrainingConfig.builder()
                .trainDataDir("../notebooks/data/noto-emoji")
                .resolution(16)
                .trainBatchSize(BATCH)
                .seed(3);
    }

    /** The first micro-batch of a run, as plain numbers. */
    private record First(List<List<Long>> captions, List<Float> noise, List<Integer> timesteps) {}

    private static First first(TrainingConfigBuilder config) {
        try (NDManager manager = Torch.newManager(Device.cpu());
                NDManager scratch = manager.newSubManager();
                TrainingData data = TrainingData.open(config.build(), TOKENIZER, null)) {
            TextToImageBatch batch = data.get(scratch, 0, VAE, 1000);
            List<List<Long>> captions = new ArrayList<>();
            for (int i = 0; i < BATCH; i++) {
                captions.add(
                        Arrays.stream(batch.text().get(i).toLongArray()).boxed().toList());
            }
            List<Float> noise = new ArrayList<>();
            for (float value : batch.noise().added().toFloatArray()) {
                noise.add(value);
            }
            return new First(
                    captions, noise, Arrays.stream(batch.timesteps()).boxed().toList());
        }
    }

    @Test
    @ShowsEffectOf("proportion_empty_prompts")
    void theShareOfCaptionsIsLeftEmpty() {
        List<Long> none = first(config().proportionEmptyPrompts(1)).captions().get(0);
        assertThat(first(config().proportionEmptyPrompts(1)).captions()).containsOnly(none);
        assertThat(first(config()).captions()).doesNotContain(none);
        assertThat(first(config().proportionEmptyPrompts(0.5)).captions())
                .contains(none)
                .anyMatch(caption -> !caption.equals(none));
    }

    @Test
    @ShowsEffectOf("caption_template")
    void captionsAreWordedByTheTemplate() {
        TrainingConfig config = config().captionTemplate("{}, 3d style").build();
        try (RunImages images = RunImages.training(config, null)) {
            assertThat(images.images().captions(0)).containsExactly("an emoji of a grinning face, 3d style");
            assertThat(images.images().row(0).captions()).containsExactly("an emoji of a grinning face, 3d style");
        }
    }

    private static TrainingConfig withPrior() {
        return config().trainDataDir("../notebooks/data/emoji-3d/data/validation-00000-of-00001.parquet")
                .captionTemplate("{}, 3d style")
                .priorDataDir("../notebooks/data/noto-emoji/data/validation-00000-of-00001.parquet")
                .build();
    }

    @Test
    @ShowsEffectOf("prior_data_dir")
    void anImageOfThePriorJoinsEachTrainingImage() {
        try (RunImages images = RunImages.training(withPrior(), null)) {
            CaptionedDataset all = images.all();
            int own = images.images().size();
            int others = all.size() - own;
            DataLoader loader = BatchStream.loader(withPrior(), all, RowOrder.inTurn(own, others, 3));
            List<Integer> rows = new ArrayList<>();
            for (int epoch = 0; epoch < 2; epoch++) {
                for (int batch = 0; batch < loader.batchesPerEpoch(); batch++) {
                    List<Draw> draws = loader.draws(epoch, batch);
                    assertThat(draws).filteredOn(draw -> draw.row() < own).hasSize(draws.size() / 2);
                    assertThat(draws).allMatch(draw -> draw.caption().endsWith(", 3d style") == draw.row() < own);
                    draws.forEach(draw -> rows.add(draw.row()));
                }
            }
            assertThat(rows).hasSize(4 * own);
            assertThat(rows.subList(0, 2 * own)).filteredOn(row -> row < own).doesNotHaveDuplicates();
            assertThat(rows.stream().filter(row -> row >= own).limit(others).toList())
                    .doesNotHaveDuplicates();
        }
    }

    /** The loss of DreamBooth (Ruiz et al., 2023, equation 2): the mean over the images, plus the weighted one over the prior. */
    @Test
    @ShowsEffectOf("prior_loss_weight")
    void theLossOfThePriorCountsByItsWeight() {
        NoiseSchedule schedule =
                DDPMScheduler.from(SchedulerConfig.stableDiffusion()).noiseSchedule();
        var loss = new DiffusionLoss(schedule, PredictionType.EPSILON, new LossWeighting.Uniform());
        TrainingConfig config = withPrior().toBuilder().priorLossWeight(0.25).build();
        try (NDManager manager = Torch.newManager(Device.cpu());
                NDManager scratch = manager.newSubManager();
                TrainingData data = TrainingData.open(config, TOKENIZER, null)) {
            TextToImageBatch batch = data.get(scratch, 0, VAE, 1000);
            int images = 2 * BATCH;
            assertThat(batch.timesteps()).hasSize(images);
            NDArray errors = scratch.arange(images).reshape(images, 1, 1, 1).toType(DataType.FLOAT32, false);
            double own = 0;
            double prior = 0;
            for (int i = 0; i < images; i += 2) {
                own += (double) i * i / BATCH;
                prior += (double) (i + 1) * (i + 1) / BATCH;
            }
            float value = loss.of(errors, errors.zerosLike(), batch.importance(), batch.timesteps())
                    .getFloat();
            assertThat((double) value).isCloseTo(own + 0.25 * prior, within(1e-3));
        }
    }

    @Test
    @ShowsEffectOf("seed")
    void theSeedDecidesAboutNoiseAndTimesteps() {
        First one = first(config());
        assertThat(first(config()).noise()).isEqualTo(one.noise());
        assertThat(first(config()).timesteps()).isEqualTo(one.timesteps());
        assertThat(first(config().seed(4)).noise()).isNotEqualTo(one.noise());
        assertThat(first(config().seed(4)).timesteps()).isNotEqualTo(one.timesteps());
    }

    @Test
    @ShowsEffectOf("noise_offset")
    void theNoiseOffsetIsEqualOverEachChannel() {
        List<Float> plain = first(config()).noise();
        List<Float> shifted = first(config().noiseOffset(0.1)).noise();
        int pixels = plain.size() / (BATCH * 4);
        double squares = 0;
        for (int i = 0; i < plain.size(); i++) {
            float offset = shifted.get(i) - plain.get(i);
            float ofChannel = shifted.get(i / pixels * pixels) - plain.get(i / pixels * pixels);
            assertThat(offset).isCloseTo(ofChannel, within(1e-5f));
            squares += offset * offset;
        }
        assertThat(Math.sqrt(squares / plain.size())).isBetween(0.05, 0.2);
    }
}
