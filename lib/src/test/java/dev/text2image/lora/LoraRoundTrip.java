package dev.text2image.lora;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.io.SafeTensorsWriter;
import dev.text2image.models.CLIPTextModel;
import dev.text2image.models.UNet2DConditionModel;
import dev.text2image.nn.LowRank;
import dev.text2image.nn.Weights;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.torch.RandomTensors;
import dev.text2image.torch.Torch;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Writes what lib/src/test/parity/check_lora_files.py compares: LoRA files in every form, and what the tiny models compute with them.
 *
 * <pre>
 * mvn -pl lib package -DskipTests
 * cd lib
 * java -cp "target/test-classes:target/classes:target/lib/*" dev.text2image.lora.LoraRoundTrip OUT
 * python src/test/parity/check_lora_files.py OUT
 * </pre>
 */
public final class LoraRoundTrip {
    private static final List<LoraFormat> FORMATS = List.of(LoraFormat.DIFFUSERS, LoraFormat.PEFT, LoraFormat.KOHYA);
    private static final List<List<String>> TARGETS = List.of(
            List.of(TargetModules.ATTENTION),
            List.of(TargetModules.ATTENTION_FEED_FORWARD),
            List.of(TargetModules.ATTENTION_FEED_FORWARD, TargetModules.CONVOLUTIONS));

    private LoraRoundTrip() {}

    /**
     * Writes the files.
     *
     * @param arguments the directory to write to
     */
    public static void main(String[] arguments) {
        Path out = Path.of(arguments[0]);
        Torch.seed(8);
        for (String model : List.of("sd1", "sd2")) {
            Path pipeline = Fixtures.DIRECTORY.resolve("tiny-" + model);
            try (UNet2DConditionModel unet =
                            UNet2DConditionModel.fromPretrained(pipeline.resolve("unet"), TinyPipeline.OPTIONS);
                    CLIPTextModel text =
                            CLIPTextModel.fromPretrained(pipeline.resolve("text_encoder"), TinyPipeline.OPTIONS)) {
                for (int i = 0; i < TARGETS.size(); i++) {
                    write(out, model + "-" + i, unet, text, TARGETS.get(i));
                }
            }
        }
    }

    private static void write(
            Path out, String name, UNet2DConditionModel unet, CLIPTextModel text, List<String> targets) {
        Map<LoraComponent, Map<String, Shape>> layers =
                Map.of(LoraComponent.UNET, unet.layers(), LoraComponent.TEXT_ENCODER, text.layers());
        var sizes = TargetModules.choose(targets, layers, new LowRank(2, 3));
        try (NDManager manager = Torch.newManager(Device.cpu());
                Fixtures inputs = new Fixtures(manager, "tiny-" + name.substring(0, 3) + ".safetensors");
                LoraAdapters ofUnet = random(sizes.getOrDefault(LoraComponent.UNET, Map.of()), unet.layers());
                LoraAdapters ofText = random(sizes.getOrDefault(LoraComponent.TEXT_ENCODER, Map.of()), text.layers());
                Weights changedUnet = ofUnet.addTo(unet.weights(), 1);
                Weights changedText = ofText.addTo(text.weights(), 1)) {
            for (LoraFormat format : FORMATS) {
                String file = name + "-" + format.name().toLowerCase(Locale.ROOT) + ".safetensors";
                LoraWriter.write(
                        out.resolve(file),
                        format,
                        Map.of(LoraComponent.UNET, ofUnet, LoraComponent.TEXT_ENCODER, ofText));
            }
            NDArray prediction = unet.forward(
                    changedUnet,
                    inputs.get("unet.square.sample"),
                    inputs.get("unet.square.timesteps"),
                    inputs.get("unet.square.encoder_hidden_states"));
            NDArray states = text.forward(changedText, inputs.get("text.input_ids"));
            SafeTensorsWriter.writeArrays(out.resolve(name + ".outputs"), Map.of("unet", prediction, "text", states));
        }
    }

    /** Adapters as after a training: neither matrix is zero. */
    private static LoraAdapters random(Map<String, LowRank> sizes, Map<String, Shape> model) {
        NDManager manager = Torch.newManager(Device.cpu());
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        sizes.forEach((layer, size) -> {
            Shape weight = model.getOrDefault(layer, new Shape());
            tensors.put(layer + LoraAdapters.DOWN, random(manager, LoraFit.down(weight, size.rank())));
            tensors.put(layer + LoraAdapters.UP, random(manager, LoraFit.up(weight, size.rank())));
        });
        return new LoraAdapters(sizes, Weights.of(manager, tensors));
    }

    private static NDArray random(NDManager manager, Shape shape) {
        double inputs = (double) shape.size() / shape.get(0);
        return RandomTensors.normal(manager, shape).mul(0.5 / Math.sqrt(inputs));
    }
}
