package dev.text2image.training;

import static dev.text2image.testing.Fixtures.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.text2image.io.JsonFields;
import dev.text2image.io.SafeTensorsFile;
import dev.text2image.lora.LoraComponent;
import dev.text2image.lora.LoraFile;
import dev.text2image.lora.LoraFormat;
import dev.text2image.lora.LoraWriter;
import dev.text2image.lora.TargetModules;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.models.CLIPTextModel;
import dev.text2image.models.ModelOutline;
import dev.text2image.models.UNet2DConditionModel;
import dev.text2image.models.networks.AutoencoderKLConfig;
import dev.text2image.nn.LowRank;
import dev.text2image.nn.Weights;
import dev.text2image.nn.graph.Checkpointing;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.torch.Torch;
import dev.text2image.training.caching.Caches;
import dev.text2image.training.config.LoraConfig;
import dev.text2image.training.optim.AdamW;
import dev.text2image.training.optim.LearningRateSchedule;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Six steps of training adapters against diffusers and peft: accumulation 2, Min-SNR 5, clipping, cosine with warm-up. */
class LoraParityTest {
    private static final int STEPS = 6;
    private static final int ACCUMULATION = 2;
    private static final double TOLERANCE = 1e-4;
    private static final LearningRateSchedule UNET_RATE =
            new LearningRateSchedule(LearningRateSchedule.Kind.COSINE, 1e-3, 2, STEPS);
    private static final LearningRateSchedule TEXT_RATE =
            new LearningRateSchedule(LearningRateSchedule.Kind.COSINE, 3e-3, 2, STEPS);

    @TempDir
    private Path directory;

    /** A run of lora_fixtures/training.py. */
    private record Run(String model, LoraConfig lora, double maxNorm, boolean trainsText) {
        static Run of(String name) {
            return switch (name) {
                case "sd1" -> new Run("sd1", LoraConfig.ofRank(4), 0.1, false);
                case "sd1-text" -> new Run("sd1", LoraConfig.ofRank(4), 0.1, true);
                case "sd2" ->
                    new Run(
                            "sd2",
                            LoraConfig.builder()
                                    .rank(2)
                                    .loraAlpha(6.0)
                                    .loraTargetModules(
                                            List.of(TargetModules.ATTENTION_FEED_FORWARD, TargetModules.CONVOLUTIONS))
                                    .build(),
                            0.05,
                            false);
                default -> throw new IllegalArgumentException(name);
            };
        }

        private Path pipeline() {
            return Fixtures.DIRECTORY.resolve("tiny-" + model);
        }

        private String name() {
            return model + (trainsText ? "-text" : "");
        }

        private Path trained() {
            return Fixtures.DIRECTORY.resolve("lora/trained-" + name() + ".safetensors");
        }

        private TrainedModels models(Fixtures expected) {
            Path textPath = pipeline().resolve("text_encoder");
            ModelOutline<?> unet = ModelOutline.readUnet(pipeline().resolve("unet"));
            var layers = lora.layersOf(unet, trainsText ? ModelOutline.readTextEncoder(textPath) : null);
            return new TrainedModels(
                    UNet2DConditionModel.fromPretrained(
                            pipeline().resolve("unet"),
                            TinyPipeline.OPTIONS,
                            layers(layers, LoraComponent.UNET),
                            0,
                            initial(expected, layers, LoraComponent.UNET)),
                    trainsText
                            ? CLIPTextModel.fromPretrained(
                                    textPath,
                                    TinyPipeline.OPTIONS,
                                    layers(layers, LoraComponent.TEXT_ENCODER),
                                    0,
                                    initial(expected, layers, LoraComponent.TEXT_ENCODER))
                            : null,
                    AutoencoderKLConfig.fromJson(JsonFields.read(pipeline().resolve("vae/config.json"))),
                    () -> AutoencoderKL.fromPretrained(pipeline().resolve("vae"), TinyPipeline.OPTIONS),
                    () -> CLIPTextModel.fromPretrained(textPath, TinyPipeline.OPTIONS));
        }

        private static Map<String, LowRank> layers(
                Map<LoraComponent, Map<String, LowRank>> layers, LoraComponent component) {
            return Objects.requireNonNull(layers.get(component));
        }

        /** The adapters that peft began with; it adapts the very layers that are chosen here. */
        private static Weights initial(
                Fixtures expected, Map<LoraComponent, Map<String, LowRank>> layers, LoraComponent component) {
            NDManager manager = Torch.newManager(Device.cpu());
            Map<String, NDArray> tensors = new LinkedHashMap<>();
            for (String layer : layers(layers, component).keySet()) {
                for (String part : List.of(".lora_A.weight", ".lora_B.weight")) {
                    NDArray tensor = expected.get(
                            "initial." + component.prefix() + "." + layer.replaceFirst("^text_model\\.", "") + part);
                    tensor.attach(manager);
                    tensors.put(layer + part, tensor);
                }
            }
            assertThat(expected.names().stream().filter(name -> name.startsWith("initial." + component.prefix() + ".")))
                    .hasSameSizeAs(tensors.keySet());
            return Weights.of(manager, tensors);
        }
    }

    @ParameterizedTest
    @CsvSource({"sd1,NONE", "sd2,FULL", "sd1-text,SELECTIVE"})
    void aTrainingGoesAsInPython(String name, Checkpointing checkpointing) {
        Run run = Run.of(name);
        try (NDManager manager = Torch.newManager(Device.cpu());
                Fixtures batches = new Fixtures(manager, "training-" + run.model() + ".safetensors");
                Fixtures expected = new Fixtures(manager, "lora/training-" + name + ".safetensors");
                TrainedModels models = run.models(expected)) {
            TrainingStep step = new TrainingStep(models, Caches.NONE, TinyRun.minSnr(run.pipeline()), checkpointing);
            try (AdamW optimizer = new AdamW(TrainedWeights.byPrefix(models.trained()), AdamW.Settings.defaults())) {
                for (int i = 0; i < STEPS; i++) {
                    accumulate(manager, batches, expected.get("loss"), step, i);
                    float norm = optimizer.gradientNorm();
                    float expectedNorm = expected.get("grad_norm").getFloat(i);
                    assertThat((double) norm)
                            .as("norm %d", i)
                            .isCloseTo(expectedNorm, within(3 * TOLERANCE * expectedNorm));
                    int number = i;
                    optimizer.step(
                            prefix -> (prefix.isEmpty() ? UNET_RATE : TEXT_RATE).at(number), norm, run.maxNorm, 1);
                }
            }
            compareFiles(models, run, manager);
        }
    }

    @Test
    void newAdaptersAreDrawnAsByPeft() {
        Path unetPath = Run.of("sd1").pipeline().resolve("unet");
        Map<String, LowRank> layers =
                Run.layers(Run.of("sd1").lora().layersOf(ModelOutline.readUnet(unetPath), null), LoraComponent.UNET);
        Torch.seed(5);
        try (NDManager manager = Torch.newManager(Device.cpu());
                Fixtures expected = new Fixtures(manager, "lora/training-sd1.safetensors");
                UNet2DConditionModel unet =
                        UNet2DConditionModel.fromPretrained(unetPath, TinyPipeline.OPTIONS, layers, 0, null)) {
            NDList drawn = new NDList();
            NDList expectedDrawn = new NDList();
            unet.weights().tensors().forEach((name, tensor) -> {
                if (name.endsWith("lora_B.weight")) {
                    assertThat(tensor.abs().max().getFloat()).isZero();
                } else {
                    drawn.add(tensor.flatten());
                    expectedDrawn.add(expected.get("initial.unet." + name).flatten());
                }
            });
            assertThat(deviation(drawn)).isCloseTo(deviation(expectedDrawn), withinPercentage(5));
        }
    }

    private static double deviation(NDList values) {
        return Math.sqrt(NDArrays.concat(values).square().mean().getFloat());
    }

    private static void accumulate(NDManager manager, Fixtures batches, NDArray losses, TrainingStep step, int i) {
        for (int index = i * ACCUMULATION; index < (i + 1) * ACCUMULATION; index++) {
            try (NDManager scratch = manager.newSubManager()) {
                float actual = (float) step.run(scratch, TinyRun.batch(batches, index), 1.0 / ACCUMULATION)
                        .getAsDouble();
                float wanted = losses.getFloat(index);
                assertThat((double) actual).as("loss %d", index).isCloseTo(wanted, within(TOLERANCE * wanted));
            }
        }
    }

    /** What is written has the tensors that diffusers writes. */
    private void compareFiles(TrainedModels models, Run run, NDManager manager) {
        Path written = directory.resolve(LoraFile.NAME);
        LoraWriter.write(
                written,
                LoraFormat.DIFFUSERS,
                models.trained().stream()
                        .map(part -> (TrainedWeights.OfAdapters) part)
                        .collect(Collectors.toMap(
                                TrainedWeights.OfAdapters::component, part -> part.with(part.weights()))));
        try (SafeTensorsFile actual = SafeTensorsFile.open(written);
                SafeTensorsFile expected = SafeTensorsFile.open(run.trained())) {
            if (run.equals(Run.of("sd1"))) {
                assertThat(actual.tensors().keySet())
                        .isEqualTo(expected.tensors().keySet());
            }
            Map<String, String> names = byName(actual);
            Map<String, String> expectedNames = byName(expected);
            assertThat(names.keySet()).isEqualTo(expectedNames.keySet());
            names.forEach((name, here) -> assertClose(
                    actual.read(manager, here),
                    expected.read(manager, Objects.requireNonNull(expectedNames.get(name))),
                    TOLERANCE));
        }
    }

    /** The names in a file by what they have in common: diffusers mixes two forms, and transformers 5 has dropped a prefix. */
    private static Map<String, String> byName(SafeTensorsFile file) {
        return file.tensors().keySet().stream()
                .collect(Collectors.toMap(
                        name -> name.replaceFirst("\\.lora(_linear_layer)?\\.down", ".lora_A")
                                .replaceFirst("\\.lora(_linear_layer)?\\.up", ".lora_B")
                                .replaceFirst("text_model\\.", ""),
                        name -> name));
    }
}
