package dev.text2image.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.text2image.io.JsonFields;
import dev.text2image.models.networks.AutoencoderKLConfig;
import dev.text2image.models.networks.CLIPTextConfig;
import dev.text2image.models.networks.CLIPTextNetwork;
import dev.text2image.models.networks.UNet2DConditionConfig;
import dev.text2image.models.networks.UNetNetwork;
import dev.text2image.models.networks.VaeNetwork;
import dev.text2image.nn.Module;
import dev.text2image.nn.NumberFormats;
import dev.text2image.nn.Precision;
import dev.text2image.nn.graph.CompiledModule;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The networks of the real models, built from their configurations; tensor and parameter counts are those of the hub's files. */
class RealArchitectureTest {
    private static final Path FILE = Path.of("config.json");
    private static final String SD15_UNET = """
            {"_class_name": "UNet2DConditionModel", "act_fn": "silu", "attention_head_dim": 8,
             "block_out_channels": [320, 640, 1280, 1280], "center_input_sample": false, "cross_attention_dim": 768,
             "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
             "downsample_padding": 1, "flip_sin_to_cos": true, "freq_shift": 0, "in_channels": 4, "layers_per_block": 2,
             "mid_block_scale_factor": 1, "norm_eps": 1e-05, "norm_num_groups": 32, "out_channels": 4, "sample_size": 64,
             "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"]}""";

    private static JsonFields fields(String json) {
        return JsonFields.of(FILE, JsonParser.parseString(json).getAsJsonObject());
    }

    private static void assertCounts(Module network, int tensors, long parameters) {
        assertThat(network.namedParameters()).hasSize(tensors);
        assertThat(network.parameterCount()).isEqualTo(parameters);
    }

    @Test
    void unetOfStableDiffusion15() {
        UNetNetwork network = new UNetNetwork(UNet2DConditionConfig.fromJson(fields(SD15_UNET)));
        assertCounts(network, 686, 859_520_964L);
        CompiledModule.compile(
                        network,
                        NumberFormats.autocast(Precision.BF16),
                        3,
                        in -> network.forward(in.get(0), in.get(1), in.get(2)))
                .close();
    }

    @Test
    void unetOfStableDiffusion21() {
        String json = SD15_UNET
                .replace("\"attention_head_dim\": 8", "\"attention_head_dim\": [5, 10, 20, 20]")
                .replace(
                        "\"cross_attention_dim\": 768",
                        "\"cross_attention_dim\": 1024, \"use_linear_projection\": true")
                .replace("\"sample_size\": 64", "\"sample_size\": 96, \"upcast_attention\": true");
        assertCounts(new UNetNetwork(UNet2DConditionConfig.fromJson(fields(json))), 686, 865_910_724L);
    }

    @Test
    void autoencoder() {
        assertCounts(new VaeNetwork(AutoencoderKLConfig.fromJson(fields("{}"))), 248, 83_653_863L);
    }

    @Test
    void textEncoders() {
        String sd1 = "{\"hidden_size\": 768, \"intermediate_size\": 3072, \"num_attention_heads\": 12}";
        String sd2 = "{\"hidden_size\": 1024, \"intermediate_size\": 4096, \"num_hidden_layers\": 23,"
                + " \"num_attention_heads\": 16, \"hidden_act\": \"gelu\"}";
        assertCounts(new CLIPTextNetwork(CLIPTextConfig.fromJson(fields(sd1))), 196, 123_060_480L);
        assertCounts(new CLIPTextNetwork(CLIPTextConfig.fromJson(fields(sd2))), 372, 340_387_840L);
    }
}
