package dev.text2image.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.text2image.io.JsonFields;
import dev.text2image.models.AutoencoderKLConfig;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.tokenizers.CLIPTokenizer;
import dev.text2image.torch.Torch;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.config.TrainingConfigBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the models see in a micro-batch, drawn with the run's seed. */
class TrainingDataTest {
    private static final CLIPTokenizer TOKENIZER = CLIPTokenizer.load(TinyPipeline.TOKENIZER);
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
        AutoencoderKLConfig vae = AutoencoderKLConfig.fromJson(
                JsonFields.read(TinyPipeline.fixture("vae").resolve("config.json")));
        try (NDManager manager = Torch.newManager(Device.cpu());
                NDManager scratch = manager.newSubManager();
                TrainingData data = TrainingData.open(config.build(), TOKENIZER, null)) {
            MicroBatch batch = data.get(scratch, 0, 0, vae, 1000);
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
    void theShareOfCaptionsIsLeftEmpty() {
        List<Long> none = first(config().proportionEmptyPrompts(1)).captions().get(0);
        assertThat(first(config().proportionEmptyPrompts(1)).captions()).containsOnly(none);
        assertThat(first(config()).captions()).doesNotContain(none);
        assertThat(first(config().proportionEmptyPrompts(0.5)).captions())
                .contains(none)
                .anyMatch(caption -> !caption.equals(none));
    }

    @Test
    void theSeedDecidesAboutNoiseAndTimesteps() {
        First one = first(config());
        assertThat(first(config()).noise()).isEqualTo(one.noise());
        assertThat(first(config()).timesteps()).isEqualTo(one.timesteps());
        assertThat(first(config().seed(4)).noise()).isNotEqualTo(one.noise());
        assertThat(first(config().seed(4)).timesteps()).isNotEqualTo(one.timesteps());
    }

    @Test
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
