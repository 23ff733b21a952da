package dev.text2image.models;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The shapes that the blocks of a model give, by name and in the order of a pass; b is the batch. */
final class BlockOutputs {
    private BlockOutputs() {}

    static Map<String, String> of(UNet2DConditionConfig config) {
        List<Integer> channels = config.blockOutChannels();
        int last = channels.size() - 1;
        int size = config.sampleSize();
        Map<String, String> outputs = new LinkedHashMap<>();
        outputs.put("time_embedding", "(b, " + config.timeChannels() + ")");
        outputs.put("conv_in", image(channels.get(0), size));
        for (int i = 0; i <= last; i++) {
            outputs.put("down_blocks." + i, image(channels.get(i), halved(size, Math.min(i + 1, last))));
        }
        outputs.put("mid_block", image(channels.get(last), halved(size, last)));
        for (int i = 0; i <= last; i++) {
            outputs.put("up_blocks." + i, image(channels.get(last - i), halved(size, Math.max(0, last - i - 1))));
        }
        outputs.put("conv_norm_out", image(channels.get(0), size));
        outputs.put("conv_out", image(config.outChannels(), size));
        return outputs;
    }

    static Map<String, String> of(AutoencoderKLConfig config) {
        List<Integer> channels = config.blockOutChannels();
        int last = channels.size() - 1;
        int size = config.sampleSize();
        int small = halved(size, last);
        int deepest = channels.get(last);
        Map<String, String> outputs = new LinkedHashMap<>();
        outputs.put("encoder.conv_in", image(channels.get(0), size));
        for (int i = 0; i <= last; i++) {
            outputs.put("encoder.down_blocks." + i, image(channels.get(i), halved(size, Math.min(i + 1, last))));
        }
        outputs.put("encoder.mid_block", image(deepest, small));
        outputs.put("encoder.conv_norm_out", image(deepest, small));
        outputs.put("encoder.conv_out", image(2 * config.latentChannels(), small));
        outputs.put("quant_conv", image(2 * config.latentChannels(), small));
        outputs.put("post_quant_conv", image(config.latentChannels(), small));
        outputs.put("decoder.conv_in", image(deepest, small));
        outputs.put("decoder.mid_block", image(deepest, small));
        for (int i = 0; i <= last; i++) {
            outputs.put(
                    "decoder.up_blocks." + i, image(channels.get(last - i), halved(size, Math.max(0, last - i - 1))));
        }
        outputs.put("decoder.conv_norm_out", image(channels.get(0), size));
        outputs.put("decoder.conv_out", image(config.outChannels(), size));
        return outputs;
    }

    static Map<String, String> of(CLIPTextConfig config) {
        String shape = "(b, " + config.maxPositionEmbeddings() + ", " + config.hiddenSize() + ")";
        Map<String, String> outputs = new LinkedHashMap<>();
        outputs.put("text_model.embeddings", shape);
        for (int i = 0; i < config.numHiddenLayers(); i++) {
            outputs.put("text_model.encoder.layers." + i, shape);
        }
        outputs.put("text_model.final_layer_norm", shape);
        return outputs;
    }

    private static String image(int channels, int size) {
        return "(b, " + channels + ", " + size + ", " + size + ")";
    }

    /** Downsampling rounds up. */
    private static int halved(int size, int times) {
        int halved = size;
        for (int i = 0; i < times; i++) {
            halved = (halved + 1) / 2;
        }
        return halved;
    }
}
