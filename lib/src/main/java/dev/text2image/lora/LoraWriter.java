package dev.text2image.lora;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.text2image.io.SafeTensorsWriter;
import dev.text2image.torch.Torch;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes LoRA files. */
public final class LoraWriter {
    private LoraWriter() {}

    /**
     * Diffusers has names of its own for attentions alone, and leaves out a part of the adapters, with no error, where it reads both
     * kinds of names in one file (peft.py, load_lora_adapter); it reads peft's names everywhere.
     */
    private static LoraFormat loadable(LoraFormat format, Map<LoraComponent, LoraAdapters> parts) {
        boolean attentionOnly = parts.entrySet().stream()
                .allMatch(part -> part.getValue().layers().keySet().stream().allMatch(part.getKey()::isAttention));
        return format == LoraFormat.DIFFUSERS && !attentionOnly ? LoraFormat.PEFT : format;
    }

    /**
     * Writes adapters as float32.
     *
     * @param target the file, which is made or replaced
     * @param format {@link LoraFormat#DIFFUSERS}, which has the names of {@link LoraFormat#PEFT} if other layers than attentions are adapted,
     *     {@link LoraFormat#PEFT} or {@link LoraFormat#KOHYA}
     * @param parts the adapters of each model, those without layers left out
     * @throws IllegalArgumentException for another form
     */
    public static void write(Path target, LoraFormat format, Map<LoraComponent, LoraAdapters> parts) {
        write(target, format, DataType.FLOAT32, parts);
    }

    static void write(Path target, LoraFormat format, DataType type, Map<LoraComponent, LoraAdapters> parts) {
        if (format == LoraFormat.OLD_DIFFUSERS) {
            throw new IllegalArgumentException(
                    "Files of " + format.title() + " are only read; write diffusers instead.");
        }
        LoraFormat names = loadable(format, parts);
        try (NDManager scratch = Torch.newManager(Device.cpu())) {
            Map<String, NDArray> tensors = new LinkedHashMap<>();
            parts.forEach((component, adapters) -> adapters.layers().forEach((layer, size) -> {
                NDArray down = adapters.tensor(layer + LoraAdapters.DOWN);
                NDArray up = adapters.tensor(layer + LoraAdapters.UP);
                tensors.put(LoraKey.write(names, component, layer, LoraKey.Role.DOWN), stored(scratch, down, type));
                tensors.put(LoraKey.write(names, component, layer, LoraKey.Role.UP), stored(scratch, up, type));
                if (format == LoraFormat.KOHYA) {
                    NDArray alpha = scratch.create((float) size.alpha());
                    tensors.put(
                            LoraKey.write(names, component, layer, LoraKey.Role.ALPHA), stored(scratch, alpha, type));
                }
            }));
            SafeTensorsWriter.writeArrays(target, tensors, LoraMetadata.write(format, parts));
        }
    }

    private static NDArray stored(NDManager scratch, NDArray tensor, DataType type) {
        if (tensor.getDataType() == type) {
            return tensor;
        }
        NDArray converted = tensor.toType(type, false);
        converted.attach(scratch);
        return converted;
    }
}
