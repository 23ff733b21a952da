package dev.text2image.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.text2image.io.JsonFields;
import dev.text2image.models.networks.AutoencoderKLConfig;
import dev.text2image.models.networks.CLIPTextConfig;
import dev.text2image.models.networks.UNet2DConditionConfig;
import dev.text2image.nn.Precision;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Stable Diffusion 1.5 by its blocks; the shapes are those that diffusers' modules give for 512-pixel images. */
class ModelSummaryTest {
    private static JsonFields fields(String json) {
        return JsonFields.of(
                Path.of("config.json"), JsonParser.parseString(json).getAsJsonObject());
    }

    private static ModelSummary summary(ModelOutline<?> outline) {
        ModelSummary summary = ModelSummary.of("model", outline.blocks(), Precision.FP32, "cpu");
        assertThat(summary.parameters()).as("every parameter is in a block").isEqualTo(outline.parameterCount());
        return summary;
    }

    @Test
    void unet() {
        var config = UNet2DConditionConfig.fromJson(fields("{\"cross_attention_dim\": 768}"));
        ModelSummary summary = summary(ModelOutline.unet(config));
        assertThat(summary.blocks())
                .extracting(block -> block.name() + " " + block.output())
                .containsExactly(
                        "time_embedding (b, 1280)",
                        "conv_in (b, 320, 64, 64)",
                        "down_blocks.0 (b, 320, 32, 32)",
                        "down_blocks.1 (b, 640, 16, 16)",
                        "down_blocks.2 (b, 1280, 8, 8)",
                        "down_blocks.3 (b, 1280, 8, 8)",
                        "mid_block (b, 1280, 8, 8)",
                        "up_blocks.0 (b, 1280, 16, 16)",
                        "up_blocks.1 (b, 1280, 32, 32)",
                        "up_blocks.2 (b, 640, 64, 64)",
                        "up_blocks.3 (b, 320, 64, 64)",
                        "conv_norm_out (b, 320, 64, 64)",
                        "conv_out (b, 4, 64, 64)");
        assertThat(summary.toString().lines())
                .hasSize(15)
                .contains("  conv_in         (b, 320, 64, 64)            11,840")
                .last()
                .asString()
                .endsWith("859,520,964");
    }

    @Test
    void autoencoder() {
        var config = AutoencoderKLConfig.fromJson(fields("{}"));
        ModelSummary summary = summary(ModelOutline.vae(config));
        assertThat(summary.blocks())
                .extracting(block -> block.name() + " " + block.output())
                .contains(
                        "encoder.down_blocks.0 (b, 128, 256, 256)",
                        "encoder.mid_block (b, 512, 64, 64)",
                        "quant_conv (b, 8, 64, 64)",
                        "decoder.up_blocks.0 (b, 512, 128, 128)",
                        "decoder.up_blocks.2 (b, 256, 512, 512)",
                        "decoder.up_blocks.3 (b, 128, 512, 512)",
                        "decoder.conv_out (b, 3, 512, 512)");
    }

    @Test
    void equalLayersAreOneRow() {
        var config = CLIPTextConfig.fromJson(
                fields("{\"hidden_size\": 768, \"intermediate_size\": 3072, \"num_attention_heads\": 12}"));
        ModelSummary summary = summary(ModelOutline.textEncoder(config));
        assertThat(summary.blocks())
                .containsExactly(
                        new ModelSummary.Block("text_model.embeddings", "(b, 77, 768)", 2, 38_004_480),
                        new ModelSummary.Block("text_model.encoder.layers.0-11", "(b, 77, 768)", 192, 85_054_464),
                        new ModelSummary.Block("text_model.final_layer_norm", "(b, 77, 768)", 2, 1_536));
    }
}
