package dev.text2image.singlefile;

import dev.text2image.models.networks.AutoencoderKLConfig;
import dev.text2image.models.networks.CLIPTextConfig;
import dev.text2image.models.networks.UNet2DConditionConfig;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The original names of parameters, by those of diffusers and transformers (CompVis/stable-diffusion, ldm/modules; OpenCLIP,
 * transformer.py).
 */
final class OriginalNames {
    /** What the names of the UNet begin with. */
    static final String UNET = "model.diffusion_model.";
    /** What the names of the autoencoder begin with, but in a file of its own. */
    static final String VAE = "first_stage_model.";
    /** What the names of OpenAI's text encoder begin with, before the names of transformers. */
    static final String CLIP = "cond_stage_model.transformer.";
    /** What the names of OpenCLIP's text encoder begin with. */
    static final String OPEN_CLIP = "cond_stage_model.model.";

    private static final String ATTENDING_UP = "CrossAttnUpBlock2D";
    private static final Pattern BLOCK = Pattern.compile("(down|up)_blocks\\.(\\d+)\\.([a-z]+)\\.(\\d+)\\.(.+)");
    private static final Pattern FUSED =
            Pattern.compile("text_model\\.encoder\\.layers\\.(\\d+)\\.self_attn\\.([qkv])_proj\\.(weight|bias)");

    private static final Map<String, String> UNET_PLACES = Map.of(
            "time_embedding.linear_1.", "time_embed.0.",
            "time_embedding.linear_2.", "time_embed.2.",
            "conv_in.", "input_blocks.0.0.",
            "conv_norm_out.", "out.0.",
            "conv_out.", "out.2.",
            "mid_block.resnets.0.", "middle_block.0.",
            "mid_block.attentions.0.", "middle_block.1.",
            "mid_block.resnets.1.", "middle_block.2.");
    private static final Map<String, String> UNET_RESNET = Map.of(
            "norm1.", "in_layers.0.",
            "conv1.", "in_layers.2.",
            "time_emb_proj.", "emb_layers.1.",
            "norm2.", "out_layers.0.",
            "conv2.", "out_layers.3.",
            "conv_shortcut.", "skip_connection.");
    private static final Map<String, String> VAE_PLACES = Map.of(
            "conv_norm_out.", "norm_out.",
            "mid_block.resnets.0.", "mid.block_1.",
            "mid_block.resnets.1.", "mid.block_2.",
            "mid_block.attentions.0.", "mid.attn_1.");
    private static final Map<String, String> VAE_ATTENTION =
            Map.of("group_norm.", "norm.", "to_q.", "q.", "to_k.", "k.", "to_v.", "v.", "to_out.0.", "proj_out.");
    private static final Map<String, String> OPEN_CLIP_PLACES = Map.of(
            "text_model.embeddings.token_embedding.", "token_embedding.",
            "text_model.embeddings.position_embedding.weight", "positional_embedding",
            "text_model.final_layer_norm.", "ln_final.",
            "text_model.encoder.layers.", "transformer.resblocks.");
    private static final Map<String, String> OPEN_CLIP_LAYER = Map.of(
            "layer_norm1.", "ln_1.",
            "layer_norm2.", "ln_2.",
            "self_attn.out_proj.", "attn.out_proj.",
            "mlp.fc1.", "mlp.c_fc.",
            "mlp.fc2.", "mlp.c_proj.");

    private OriginalNames() {}

    /** Names the parameters of a UNet, which stand as one list of layers on each side. */
    static Function<String, OriginalTensor> unet(UNet2DConditionConfig config) {
        int perLevel = config.layersPerBlock() + 1;
        return key -> {
            Matcher block = BLOCK.matcher(key);
            return OriginalTensor.whole(UNET
                    + (block.matches()
                            ? unetBlock(config, block, perLevel)
                            : unetResnet(replaceStart(key, UNET_PLACES), "middle_block.0.", "middle_block.2.")));
        };
    }

    private static String unetBlock(UNet2DConditionConfig config, Matcher block, int perLevel) {
        int level = Integer.parseInt(block.group(2));
        int layer = Integer.parseInt(block.group(4));
        String rest = block.group(5);
        String input = "input_blocks." + (1 + level * perLevel + layer);
        String output = "output_blocks." + (level * perLevel + layer);
        boolean down = block.group(1).equals("down");
        return switch (block.group(3)) {
            case "resnets" -> (down ? input : output) + ".0." + replaceStart(rest, UNET_RESNET);
            case "attentions" -> (down ? input : output) + ".1." + rest;
            case "downsamplers" -> "input_blocks." + (level + 1) * perLevel + ".0." + rest.replace("conv.", "op.");
            default -> {
                boolean attends = config.upBlockTypes().get(level).equals(ATTENDING_UP);
                yield "output_blocks." + (level * perLevel + perLevel - 1) + (attends ? ".2." : ".1.") + rest;
            }
        };
    }

    private static String unetResnet(String name, String... places) {
        for (String place : places) {
            if (name.startsWith(place)) {
                return place + replaceStart(name.substring(place.length()), UNET_RESNET);
            }
        }
        return name;
    }

    /**
     * Names the parameters of an autoencoder.
     *
     * @param prefix {@link #VAE}, or nothing in a file of its own
     */
    static Function<String, OriginalTensor> vae(AutoencoderKLConfig config, String prefix) {
        return key -> OriginalTensor.whole(
                prefix + vaeName(key, config.blockOutChannels().size()));
    }

    private static String vaeName(String key, int levels) {
        int dot = key.indexOf('.');
        String half = key.substring(0, dot + 1);
        if (!half.equals("encoder.") && !half.equals("decoder.")) {
            return key;
        }
        String rest = key.substring(dot + 1);
        Matcher block = BLOCK.matcher(rest);
        if (block.matches()) {
            boolean down = block.group(1).equals("down");
            int level = Integer.parseInt(block.group(2));
            // The decoder counts its levels from the largest image on, as the encoder.
            String place = half + block.group(1) + "." + (down ? level : levels - 1 - level) + ".";
            String inBlock = block.group(5).replace("conv_shortcut.", "nin_shortcut.");
            return block.group(3).equals("resnets")
                    ? place + "block." + block.group(4) + "." + inBlock
                    : place + block.group(1) + "sample." + inBlock;
        }
        String name = replaceStart(rest, VAE_PLACES);
        String attention = "mid.attn_1.";
        return half
                + (name.startsWith(attention)
                        ? attention + replaceStart(name.substring(attention.length()), VAE_ATTENTION)
                        : name);
    }

    /** Names the parameters of a text encoder: OpenAI's keep the names of transformers, OpenCLIP's have their own. */
    static Function<String, OriginalTensor> textEncoder(CLIPTextConfig config) {
        return isOpenClip(config) ? OriginalNames::openClip : key -> OriginalTensor.whole(CLIP + key);
    }

    /** Says whether a text encoder is OpenCLIP's, whose activation is the exact one. */
    static boolean isOpenClip(CLIPTextConfig config) {
        return config.hiddenAct() == CLIPTextConfig.Activation.GELU;
    }

    private static OriginalTensor openClip(String key) {
        Matcher fused = FUSED.matcher(key);
        if (fused.matches()) {
            String name = OPEN_CLIP + "transformer.resblocks." + fused.group(1) + ".attn.in_proj_" + fused.group(3);
            return new OriginalTensor(name, "qkv".indexOf(fused.group(2)), 3);
        }
        String name = replaceStart(key, OPEN_CLIP_PLACES);
        Matcher layer =
                Pattern.compile("(transformer\\.resblocks\\.\\d+\\.)(.+)").matcher(name);
        return OriginalTensor.whole(
                OPEN_CLIP + (layer.matches() ? layer.group(1) + replaceStart(layer.group(2), OPEN_CLIP_LAYER) : name));
    }

    private static String replaceStart(String name, Map<String, String> starts) {
        for (Map.Entry<String, String> start : starts.entrySet()) {
            if (name.startsWith(start.getKey())) {
                return start.getValue() + name.substring(start.getKey().length());
            }
        }
        return name;
    }
}
