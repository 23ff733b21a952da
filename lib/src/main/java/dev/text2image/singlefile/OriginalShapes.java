package dev.text2image.singlefile;

import dev.text2image.io.InvalidInputException;
import dev.text2image.io.JsonFields;
import dev.text2image.io.TensorInfo;
import dev.text2image.models.networks.AutoencoderKLConfig;
import dev.text2image.models.networks.CLIPTextConfig;
import dev.text2image.models.networks.UNet2DConditionConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * The configurations of a model, as its tensors show them; they are checked as those of a file. What they do not show (heads, groups of norms, activations, sizes of images)
 * is that of Stable Diffusion 1.5 or 2.1.
 *
 * @param file the file, for messages
 * @param tensors its tensors by name
 */
record OriginalShapes(Path file, Map<String, TensorInfo> tensors) {
    private static final int HEADS = 8;
    private static final int HEAD_SIZE = 64;
    private static final int NORM_GROUPS = 32;
    private static final double NORM_EPS = 1e-5;
    private static final double SCALING_FACTOR = 0.18215;
    /** Stable Diffusion 2 takes what the last but one of OpenCLIP's 24 layers gives. */
    private static final int OPEN_CLIP_LAYERS = 23;

    /**
     * Reads the shape of the UNet.
     *
     * @param sampleSize height and width of the latents
     */
    UNet2DConditionConfig unet(int sampleSize) {
        List<Integer> channels = new ArrayList<>();
        List<String> down = new ArrayList<>();
        int layers = 0;
        String blocks = OriginalNames.UNET + "input_blocks.";
        for (int block = 1; has(blocks + block + ".0."); block++) {
            if (has(blocks + block + ".0.op.")) {
                layers = 0;
                continue;
            }
            if (layers == 0) {
                channels.add(size(blocks + block + ".0.out_layers.3.weight", 0));
                down.add(has(blocks + block + ".1.") ? "CrossAttnDownBlock2D" : "DownBlock2D");
            }
            layers++;
        }
        List<String> up = new ArrayList<>(
                down.stream().map(type -> type.replace("Down", "Up")).toList());
        Collections.reverse(up);
        boolean second = isSecondGeneration();
        UNet2DConditionConfig config = new UNet2DConditionConfig(
                sampleSize,
                size(blocks + "0.0.weight", 1),
                size(OriginalNames.UNET + "out.2.weight", 0),
                down,
                up,
                channels,
                layers,
                channels.stream().map(c -> second ? c / HEAD_SIZE : HEADS).toList(),
                size(OriginalNames.UNET + "middle_block.1.transformer_blocks.0.attn2.to_k.weight", 1),
                second,
                second,
                NORM_GROUPS,
                NORM_EPS,
                true,
                0);
        return UNet2DConditionConfig.fromJson(JsonFields.of(file, config.toJson()));
    }

    /** Says whether the UNet projects by linear layers, as Stable Diffusion 2 does. */
    boolean isSecondGeneration() {
        return info(OriginalNames.UNET + "middle_block.1.proj_in.weight")
                        .shape()
                        .size()
                == 2;
    }

    /**
     * Reads the shape of the autoencoder.
     *
     * @param prefix what the names of its tensors begin with
     * @param sampleSize height and width of the images
     */
    AutoencoderKLConfig vae(String prefix, int sampleSize) {
        List<Integer> channels = new ArrayList<>();
        String levels = prefix + "encoder.down.";
        while (has(levels + channels.size() + ".")) {
            channels.add(size(levels + channels.size() + ".block.0.conv2.weight", 0));
        }
        AutoencoderKLConfig config = new AutoencoderKLConfig(
                sampleSize,
                size(prefix + "encoder.conv_in.weight", 1),
                size(prefix + "decoder.conv_out.weight", 0),
                size(prefix + "post_quant_conv.weight", 0),
                channels,
                count(levels + "0.block."),
                NORM_GROUPS,
                SCALING_FACTOR);
        return AutoencoderKLConfig.fromJson(JsonFields.of(file, config.toJson()));
    }

    /** Reads the shape of the text encoder, OpenAI's or OpenCLIP's. */
    CLIPTextConfig textEncoder() {
        boolean open = has(OriginalNames.OPEN_CLIP);
        String embeddings = OriginalNames.CLIP + "text_model.embeddings.";
        String layers = open
                ? OriginalNames.OPEN_CLIP + "transformer.resblocks."
                : OriginalNames.CLIP + "text_model.encoder.layers.";
        String tokens =
                open ? OriginalNames.OPEN_CLIP + "token_embedding.weight" : embeddings + "token_embedding.weight";
        String positions =
                open ? OriginalNames.OPEN_CLIP + "positional_embedding" : embeddings + "position_embedding.weight";
        int found = count(layers);
        int hidden = size(tokens, 1);
        CLIPTextConfig config = new CLIPTextConfig(
                size(tokens, 0),
                hidden,
                size(layers + (open ? "0.mlp.c_fc.weight" : "0.mlp.fc1.weight"), 0),
                open ? Math.min(found, OPEN_CLIP_LAYERS) : found,
                Math.max(1, hidden / HEAD_SIZE),
                size(positions, 0),
                open ? CLIPTextConfig.Activation.GELU : CLIPTextConfig.Activation.QUICK_GELU,
                NORM_EPS);
        return CLIPTextConfig.fromJson(JsonFields.of(file, config.toJson()));
    }

    boolean has(String prefix) {
        return tensors.keySet().stream().anyMatch(name -> name.startsWith(prefix));
    }

    /** Counts the numbers from 0 on that follow a prefix. */
    private int count(String prefix) {
        int count = 0;
        while (has(prefix + count + ".")) {
            count++;
        }
        return count;
    }

    private int size(String name, int dimension) {
        List<Long> shape = info(name).shape();
        if (shape.size() <= dimension) {
            throw new InvalidInputException(file + ": the tensor '" + name + "' has the shape " + shape
                    + ", too few dimensions for Stable Diffusion 1 or 2.");
        }
        return Math.toIntExact(shape.get(dimension));
    }

    private TensorInfo info(String name) {
        TensorInfo info = tensors.get(name);
        if (info == null) {
            throw new InvalidInputException(file + " lacks the tensor '" + name + "' among its " + tensors.size()
                    + ", so it is no whole model of Stable Diffusion 1 or 2. Check the file, or download it again.");
        }
        return info;
    }
}
