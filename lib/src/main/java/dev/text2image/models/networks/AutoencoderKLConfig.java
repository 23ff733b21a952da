package dev.text2image.models.networks;

import com.google.gson.JsonObject;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.JsonFields;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * The shape of an {@link dev.text2image.models.AutoencoderKL}; fields and defaults are those of its config.json in diffusers.
 *
 * @param sampleSize default height and width of the images
 * @param inChannels channels of an image
 * @param outChannels channels of a decoded image
 * @param latentChannels channels of the latents
 * @param blockOutChannels channels of each level, the largest resolution first; each level but the last halves the image
 * @param layersPerBlock residual blocks of a level of the encoder; the decoder has one more
 * @param normNumGroups groups of the group norms
 * @param scalingFactor what latents are multiplied by before diffusion, so that their variance is about 1
 */
public record AutoencoderKLConfig(
        int sampleSize,
        int inChannels,
        int outChannels,
        int latentChannels,
        List<Integer> blockOutChannels,
        int layersPerBlock,
        int normNumGroups,
        double scalingFactor) {
    /** Copies the list. */
    public AutoencoderKLConfig {
        blockOutChannels = List.copyOf(blockOutChannels);
    }

    /**
     * Reads a configuration.
     *
     * @param fields the fields of vae/config.json
     * @return the configuration
     * @throws dev.text2image.io.InvalidInputException if a field has a wrong type or a value that is not supported
     */
    public static AutoencoderKLConfig fromJson(JsonFields fields) {
        AutoencoderKLConfig config = new AutoencoderKLConfig(
                fields.intOr("sample_size", 512),
                fields.intOr("in_channels", 3),
                fields.intOr("out_channels", 3),
                fields.intOr("latent_channels", 4),
                fields.intListOr("block_out_channels", List.of(128, 256, 512, 512)),
                fields.intOr("layers_per_block", 2),
                fields.intOr("norm_num_groups", 32),
                fields.doubleOr("scaling_factor", 0.18215));
        SupportedValues supported = new SupportedValues("VAE", fields)
                .only("_class_name", "\"AutoencoderKL\"")
                .layers("layers_per_block", config.layersPerBlock)
                .only("down_block_types", "\"DownEncoderBlock2D\"")
                .only("up_block_types", "\"UpDecoderBlock2D\"")
                .only("act_fn", "\"silu\"")
                .only("use_quant_conv", "true")
                .only("use_post_quant_conv", "true")
                .only("mid_block_add_attention", "true")
                .only("latents_mean")
                .only("latents_std")
                .require(!config.blockOutChannels.isEmpty(), "block_out_channels is empty");
        for (int channels : config.blockOutChannels) {
            supported.require(
                    channels % config.normNumGroups == 0,
                    "norm_num_groups is " + config.normNumGroups + ", supported: a divisor of " + channels);
        }
        supported.check();
        return config;
    }

    /**
     * Writes the configuration as diffusers reads it.
     *
     * @return the content of vae/config.json
     */
    public JsonObject toJson() {
        Map<String, ?> fixed = Map.of(
                "_class_name",
                "AutoencoderKL",
                "act_fn",
                "silu",
                "down_block_types",
                Collections.nCopies(blockOutChannels.size(), "DownEncoderBlock2D"),
                "up_block_types",
                Collections.nCopies(blockOutChannels.size(), "UpDecoderBlock2D"));
        return ConfigJson.of(this, fixed);
    }

    /**
     * Returns how many pixels one latent stands for along an edge.
     *
     * @return a power of two, 8 for Stable Diffusion
     */
    public int downsamplingFactor() {
        return 1 << (blockOutChannels.size() - 1);
    }

    /**
     * Refuses images that the autoencoder cannot encode.
     *
     * @param resolution width and height in pixels
     * @throws InvalidInputException if it is no multiple of {@link #downsamplingFactor}
     */
    public void checkResolution(int resolution) {
        if (resolution % downsamplingFactor() != 0) {
            throw new InvalidInputException("resolution is " + resolution + ", but must be a multiple of "
                    + downsamplingFactor() + " for this model's VAE.");
        }
    }
}
