package dev.text2image.models.networks;

import com.google.gson.JsonObject;
import com.google.gson.annotations.SerializedName;
import dev.text2image.io.JsonFields;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * The shape of a {@link dev.text2image.models.UNet2DConditionModel}; fields and defaults are those of its config.json in diffusers.
 *
 * @param sampleSize default height and width of the latents
 * @param inChannels channels of the noisy latents
 * @param outChannels channels of the prediction
 * @param downBlockTypes CrossAttnDownBlock2D or DownBlock2D for each level, the largest resolution first
 * @param upBlockTypes UpBlock2D or CrossAttnUpBlock2D for each level, the smallest resolution first
 * @param blockOutChannels channels of each level
 * @param layersPerBlock residual blocks of a level on the way down; the way up has one more
 * @param attentionHeads the number of heads at each level; the file calls it {@code attention_head_dim}, a mistake that the hub
 *     keeps for compatibility
 * @param crossAttentionDim size of a text embedding
 * @param useLinearProjection whether attention blocks project by linear layers (SD-2.x) or 1 × 1 convolutions (SD-1.x)
 * @param upcastAttention whether attention scores are computed in float32 also under mixed precision
 * @param normNumGroups groups of the group norms
 * @param normEps epsilon of the residual blocks' group norms
 * @param flipSinToCos whether the timestep code has its cosines first
 * @param freqShift frequency shift of the timestep code
 */
public record UNet2DConditionConfig(
        int sampleSize,
        int inChannels,
        int outChannels,
        List<String> downBlockTypes,
        List<String> upBlockTypes,
        List<Integer> blockOutChannels,
        int layersPerBlock,
        @SerializedName("attention_head_dim") List<Integer> attentionHeads,
        int crossAttentionDim,
        boolean useLinearProjection,
        boolean upcastAttention,
        int normNumGroups,
        double normEps,
        boolean flipSinToCos,
        double freqShift) {
    private static final String CROSS_DOWN = "CrossAttnDownBlock2D";
    private static final String PLAIN_DOWN = "DownBlock2D";
    private static final String CROSS_UP = "CrossAttnUpBlock2D";
    private static final String PLAIN_UP = "UpBlock2D";

    /** Copies the lists. */
    public UNet2DConditionConfig {
        downBlockTypes = List.copyOf(downBlockTypes);
        upBlockTypes = List.copyOf(upBlockTypes);
        blockOutChannels = List.copyOf(blockOutChannels);
        attentionHeads = List.copyOf(attentionHeads);
    }

    /**
     * Reads a configuration.
     *
     * @param fields the fields of unet/config.json
     * @return the configuration
     * @throws dev.text2image.io.InvalidInputException if a field has a wrong type or a value that is not supported
     */
    public static UNet2DConditionConfig fromJson(JsonFields fields) {
        List<Integer> channels = fields.intListOr("block_out_channels", List.of(320, 640, 1280, 1280));
        int levels = channels.size();
        UNet2DConditionConfig config = new UNet2DConditionConfig(
                fields.intOr("sample_size", 64),
                fields.intOr("in_channels", 4),
                fields.intOr("out_channels", 4),
                fields.stringListOr("down_block_types", List.of(CROSS_DOWN, CROSS_DOWN, CROSS_DOWN, PLAIN_DOWN)),
                fields.stringListOr("up_block_types", List.of(PLAIN_UP, CROSS_UP, CROSS_UP, CROSS_UP)),
                channels,
                fields.intOr("layers_per_block", 2),
                fields.intsOr("attention_head_dim", levels, 8),
                fields.intOr("cross_attention_dim", 1280),
                fields.booleanOr("use_linear_projection", false),
                fields.booleanOr("upcast_attention", false),
                fields.intOr("norm_num_groups", 32),
                fields.doubleOr("norm_eps", 1e-5),
                fields.booleanOr("flip_sin_to_cos", true),
                fields.doubleOr("freq_shift", 0));
        config.checkSupported(fields);
        return config;
    }

    private void checkSupported(JsonFields fields) {
        int levels = levels();
        boolean complete = levels > 0 && downBlockTypes.size() == levels && upBlockTypes.size() == levels;
        SupportedValues supported = new SupportedValues("UNet", fields)
                .only("_class_name", "\"UNet2DConditionModel\"")
                .layers("layers_per_block", layersPerBlock)
                .only("down_block_types", quoted(CROSS_DOWN), quoted(PLAIN_DOWN))
                .only("up_block_types", quoted(CROSS_UP), quoted(PLAIN_UP))
                .only("mid_block_type", "\"UNetMidBlock2DCrossAttn\"")
                .only("act_fn", "\"silu\"")
                .only("class_embed_type")
                .only("num_class_embeds")
                .only("addition_embed_type")
                .only("encoder_hid_dim")
                .only("time_cond_proj_dim")
                .only("num_attention_heads")
                .only("dual_cross_attention", "false")
                .only("only_cross_attention", "false")
                .only("center_input_sample", "false")
                .only("class_embeddings_concat", "false")
                .only("resnet_time_scale_shift", "\"default\"")
                .only("time_embedding_type", "\"positional\"")
                .only("transformer_layers_per_block", "1")
                .only("downsample_padding", "1")
                .only("mid_block_scale_factor", "1", "1.0")
                .only("conv_in_kernel", "3")
                .only("conv_out_kernel", "3")
                .require(complete, "block_out_channels, down_block_types and up_block_types differ in length")
                .require(
                        inChannels == outChannels,
                        "in_channels is " + inChannels + ", supported: out_channels, " + outChannels
                                + (inChannels == 9 ? " (this is an inpainting model)" : ""));
        for (int i = 0; complete && i < levels; i++) {
            int channels = blockOutChannels.get(i);
            supported
                    .require(
                            channels % normNumGroups == 0,
                            "norm_num_groups is " + normNumGroups + ", supported: a divisor of " + channels)
                    .require(
                            channels % attentionHeads.get(i) == 0,
                            "attention_head_dim is " + attentionHeads.get(i) + ", supported: a divisor of " + channels);
        }
        supported.check();
    }

    private static String quoted(String text) {
        return '"' + text + '"';
    }

    /**
     * Writes the configuration as diffusers reads it.
     *
     * @return the content of unet/config.json
     */
    public JsonObject toJson() {
        boolean equal = Collections.frequency(attentionHeads, attentionHeads.get(0)) == levels();
        Object heads = equal ? attentionHeads.get(0) : attentionHeads;
        return ConfigJson.of(
                this, Map.of("_class_name", "UNet2DConditionModel", "act_fn", "silu", "attention_head_dim", heads));
    }

    /**
     * Returns the number of resolutions.
     *
     * @return at least 1
     */
    public int levels() {
        return blockOutChannels.size();
    }

    /**
     * Returns the size of the timestep embedding.
     *
     * @return four times the channels of the first level
     */
    public int timeChannels() {
        return 4 * blockOutChannels.get(0);
    }

    boolean attendsDown(int level) {
        return downBlockTypes.get(level).equals(CROSS_DOWN);
    }

    boolean attendsUp(int level) {
        return upBlockTypes.get(levels() - 1 - level).equals(CROSS_UP);
    }

    /** The channels of a level; those of the first and the last one go on beyond them. */
    int channels(int level) {
        return blockOutChannels.get(Math.max(0, Math.min(level, levels() - 1)));
    }
}
