package dev.text2image.singlefile;

import dev.text2image.io.ComponentWeights;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.SafeTensorsWriter;
import dev.text2image.io.TensorData;
import dev.text2image.io.TensorInfo;
import dev.text2image.models.ModelOutline;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Writes the parts of a model into one file with the original names, the numbers as they are stored. */
public final class SingleFileWriter implements AutoCloseable {
    private final Map<String, TensorData> tensors = new LinkedHashMap<>();
    private final List<ComponentWeights> opened = new ArrayList<>();

    /**
     * Writes a model. Tokenizer and sampler, for which the layout has no place, are left out.
     *
     * @param target the file
     * @param model the model's directory in the layout of diffusers
     * @param variant the variant of the weight files, such as fp16; null for the plain ones
     * @throws InvalidInputException if a part is missing or damaged
     * @throws java.io.UncheckedIOException if the file cannot be written; then nothing has changed
     */
    public static void write(Path target, Path model, @Nullable String variant) {
        try (SingleFileWriter writer = new SingleFileWriter()) {
            Path unet = model.resolve("unet");
            Path vae = model.resolve("vae");
            Path text = model.resolve("text_encoder");
            var unetOutline = ModelOutline.readUnet(unet);
            var vaeOutline = ModelOutline.readVae(vae);
            var textOutline = ModelOutline.readTextEncoder(text);
            writer.add(unet, unetOutline, OriginalNames.unet(unetOutline.config()), variant);
            writer.add(vae, vaeOutline, OriginalNames.vae(vaeOutline.config(), OriginalNames.VAE), variant);
            writer.add(text, textOutline, OriginalNames.textEncoder(textOutline.config()), variant);
            SafeTensorsWriter.write(target, writer.tensors);
        }
    }

    private void add(
            Path directory, ModelOutline<?> outline, Function<String, OriginalTensor> names, @Nullable String variant) {
        outline.checkWeights(directory, variant);
        ComponentWeights weights = outline.openWeights(directory, variant);
        opened.add(weights);
        Map<String, Map<Integer, String>> fused = new TreeMap<>();
        for (String stored : weights.names()) {
            String key = outline.keyOf(stored).orElse(null);
            if (key == null) {
                continue;
            }
            OriginalTensor place = names.apply(key);
            if (place.parts() == 1) {
                TensorInfo info = weights.info(stored);
                tensors.put(
                        place.name(),
                        new TensorData(info.dtype(), originalShape(place.name(), info), weights.data(stored)));
            } else {
                fused.computeIfAbsent(place.name(), name -> new TreeMap<>()).put(place.part(), stored);
            }
        }
        fused.forEach((name, pieces) -> tensors.put(name, join(weights, List.copyOf(pieces.values()))));
    }

    /** The original autoencoder's attention has 1 × 1 convolutions. */
    private static List<Long> originalShape(String name, TensorInfo info) {
        List<Long> shape = new ArrayList<>(info.shape());
        if (shape.size() == 2 && name.startsWith(OriginalNames.VAE) && name.contains(".attn_1.")) {
            shape.addAll(List.of(1L, 1L));
        }
        return shape;
    }

    /** Joins tensors of equal shapes along their first dimension. */
    private static TensorData join(ComponentWeights weights, List<String> names) {
        TensorInfo first = weights.info(names.get(0));
        long bytes = first.byteSize() * names.size();
        ByteBuffer joined = ByteBuffer.allocate(Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
        names.forEach(name -> joined.put(weights.data(name)));
        List<Long> shape = new ArrayList<>(first.shape());
        shape.set(0, names.size() * shape.get(0));
        return new TensorData(first.dtype(), shape, joined.flip());
    }

    @Override
    public void close() {
        opened.forEach(ComponentWeights::close);
    }
}
