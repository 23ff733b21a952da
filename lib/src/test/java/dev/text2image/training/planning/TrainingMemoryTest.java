package dev.text2image.training.planning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.models.CLIPTextModel;
import dev.text2image.models.ModelOutline;
import dev.text2image.models.UNet2DConditionModel;
import dev.text2image.nn.MixedPrecision;
import dev.text2image.nn.Precision;
import dev.text2image.nn.Weights;
import dev.text2image.nn.graph.Checkpointing;
import dev.text2image.pipelines.PipelineDirectory;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.torch.Autograd;
import dev.text2image.training.config.CacheMode;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.config.TrainingConfigBuilder;
import dev.text2image.training.optim.AdamW;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.Table;

/** Memory by shapes: published sizes of Stable Diffusion 1.5, and what a tiny run really holds. */
class TrainingMemoryTest {
    private static final double GIB = 1 << 30;
    private static final DataSummary POKEMON = new DataSummary(833, 0, 800);
    private static final ModelOutlines SD15 = ModelOutlines.stableDiffusion();

    private static TrainingConfigBuilder config() {
        return TrainingConfig.builder().trainBatchSize(1);
    }

    private static TrainingMemory memory(TrainingConfigBuilder config) {
        return memory(config.build());
    }

    private static TrainingMemory memory(TrainingConfig config) {
        return TrainingMemory.of(config, config.mixedPrecision().or(() -> Precision.FP32), SD15, POKEMON, true);
    }

    @Test
    void theUnetOfStableDiffusion15TakesWhatIsPublished() {
        TrainingMemory memory = memory(config().useEma(true).mixedPrecision(MixedPrecision.BF16));
        assertThat(memory.trainedWeights() / GIB).isCloseTo(3.20, within(0.005));
        assertThat(memory.gradients() / GIB).isCloseTo(3.20, within(0.005));
        assertThat(memory.optimizer() / GIB).isCloseTo(6.40, within(0.005));
        assertThat(memory.movingAverage() / GIB).isCloseTo(3.20, within(0.005));
        assertThat(memory.frozenWeights() / GIB).isCloseTo(0.39, within(0.005));
        long sum = memory.trainedWeights() + memory.gradients() + memory.optimizer();
        assertThat(sum / GIB).isCloseTo(12.81, within(0.005));
        assertThat((sum + memory.movingAverage()) / GIB).isCloseTo(16.01, within(0.005));
        assertThat(memory(config().use8bitAdam(true)).optimizer() / GIB)
                .isCloseTo(1.60 * (1 + 4.0 / 256), within(0.01));
    }

    @Test
    void anAverageAddsTheWeightsAndCachesReplaceTheFrozenModels() {
        TrainingMemory plain = memory(config());
        TrainingMemory averaged = memory(config().useEma(true));
        assertThat(averaged.onDevice() - plain.onDevice()).isEqualTo(4 * 859_520_964L);
        TrainingMemory offloaded = memory(config().useEma(true).offloadEma(true));
        assertThat(offloaded.onDevice()).isEqualTo(plain.onDevice());
        assertThat(offloaded.inMainMemory()).isEqualTo(4 * 859_520_964L);
        TrainingMemory cached = memory(config().randomFlip(true)
                .centerCrop(true)
                .cacheLatents(CacheMode.MEMORY)
                .cacheTextEmbeddings(CacheMode.MEMORY));
        assertThat(cached.frozenWeights()).isZero();
        assertThat(cached.latentCache()).isEqualTo(833L * 2 * 2 * 4 * 64 * 64 * 4);
        assertThat(cached.textCache()).isEqualTo(800L * 77 * 768 * 4);
        assertThat(memory(config().gradientCheckpointing(Checkpointing.FULL)).activations())
                .isLessThan(plain.activations());
    }

    @Test
    void onACpuCachesInMemoryAreFilledBesideTheTrainingThoseOnDiskBeforeIt() {
        TrainingConfig inMemory = config().centerCrop(true)
                .cacheLatents(CacheMode.MEMORY)
                .cacheTextEmbeddings(CacheMode.MEMORY)
                .build();
        assertThat(onCpu(inMemory).frozenWeights()).isEqualTo(4 * (83_653_863L + 123_060_480L));
        TrainingConfig onDisk = inMemory.toBuilder()
                .cacheLatents(CacheMode.DISK)
                .cacheTextEmbeddings(CacheMode.DISK)
                .build();
        assertThat(onCpu(onDisk).frozenWeights()).isZero();
    }

    private static TrainingMemory onCpu(TrainingConfig config) {
        return TrainingMemory.of(config, Precision.FP32, SD15, POKEMON, false);
    }

    @Test
    void adviceComesInOrderEndsWhenTheRunFitsAndLeavesOutWhatIsChosen() {
        TrainingConfig config = config().trainBatchSize(4)
                .useEma(true)
                .gradientCheckpointing(Checkpointing.FULL)
                .build();
        List<MemoryAdvice> advice = MemoryAdvisor.of(config, c -> memory(c).onDevice(), 12L << 30, true);
        assertThat(advice)
                .extracting(MemoryAdvice::option)
                .startsWith("--cache_latents --center_crop", "--cache_text_embeddings")
                .endsWith("--offload_ema", "--use_8bit_adam")
                .doesNotContain("--gradient_checkpointing");
        assertThat(advice).allSatisfy(one -> assertThat(one.saves()).isPositive());
        long size = memory(config).onDevice();
        assertThat(size - advice.stream().mapToLong(MemoryAdvice::saves).sum()).isLessThanOrEqualTo(12L << 30);
        assertThat(MemoryAdvisor.of(config, c -> 1, 1, true)).isEmpty();
    }

    @Test
    void thePlanNamesWhatEachGpuNeeds() {
        TrainingConfig config = config().trainBatchSize(4)
                .gradientAccumulationSteps(1)
                .useEma(true)
                .mixedPrecision(MixedPrecision.FP16)
                .gradientCheckpointing(Checkpointing.FULL)
                .build();
        Table plan = MemoryPlan.stableDiffusion(config, 833, 8, 16, 80);
        assertThat(plan.columnNames()).containsExactly("GPU", "needs", "add to the command", "needs then");
        assertThat(plan.stringColumn("GPU").asList()).containsExactly("8 GiB", "16 GiB", "80 GiB");
        assertThat(plan.stringColumn("add to the command").get(0)).contains("--use_8bit_adam");
        assertThat(plan.stringColumn("needs then").get(0)).endsWith("does not fit");
        assertThat(plan.stringColumn("add to the command").get(1)).endsWith("--offload_ema");
        assertThat(plan.row(2).getString("add to the command")).isEmpty();
        assertThat(plan.row(2).getString("needs then")).isEqualTo(plan.row(2).getString("needs"));
    }

    @Test
    void aTinyRunHoldsExactlyWhatIsEstimated(@TempDir Path directory) {
        PipelineDirectory base = TinyPipeline.write(directory);
        TrainingConfig config = TrainingConfig.builder()
                .resolution(16)
                .useEma(true)
                .trainTextEncoder(true)
                .build();
        ModelOutlines outlines = new ModelOutlines(
                ModelOutline.readUnet(base.unet()),
                ModelOutline.readVae(base.vae()),
                ModelOutline.readTextEncoder(base.textEncoder()));
        TrainingMemory memory = TrainingMemory.of(config, Precision.FP32, outlines, POKEMON, false);
        try (UNet2DConditionModel unet = UNet2DConditionModel.fromPretrained(base.unet(), TinyPipeline.OPTIONS);
                CLIPTextModel text = CLIPTextModel.fromPretrained(base.textEncoder(), TinyPipeline.OPTIONS);
                AutoencoderKL vae = AutoencoderKL.fromPretrained(base.vae(), TinyPipeline.OPTIONS);
                Weights average = unet.weights().copy();
                Weights textAverage = text.weights().copy()) {
            unet.weights().requireGradients(true);
            text.weights().requireGradients(true);
            Map<String, Weights> trained = Map.of("", unet.weights(), "text_encoder.", text.weights());
            assertThat(memory.trainedWeights()).isEqualTo(bytes(unet.weights()) + bytes(text.weights()));
            assertThat(memory.frozenWeights()).isEqualTo(bytes(vae.weights()));
            assertThat(memory.movingAverage()).isEqualTo(bytes(average) + bytes(textAverage));
            try (AdamW optimizer = new AdamW(trained, config.optimizerSettings())) {
                assertThat(memory.optimizer()).isEqualTo(bytes(optimizer.state().values()));
            }
            assertThat(memory.gradients()).isEqualTo(gradientBytes(unet.weights()) + gradientBytes(text.weights()));
        }
    }

    private static long bytes(Weights weights) {
        return bytes(weights.tensors().values());
    }

    private static long gradientBytes(Weights weights) {
        long bytes = 0;
        for (NDArray leaf : weights.leaves().values()) {
            try (Autograd.Scope recording = Autograd.record();
                    NDArray sum = leaf.sum()) {
                Autograd.backward(sum);
            }
            try (NDArray gradient = Autograd.gradient(leaf)) {
                bytes += bytes(List.of(Objects.requireNonNull(gradient)));
            }
        }
        return bytes;
    }

    private static long bytes(Collection<NDArray> tensors) {
        return tensors.stream()
                .mapToLong(tensor -> tensor.size() * tensor.getDataType().getNumOfBytes())
                .sum();
    }
}
