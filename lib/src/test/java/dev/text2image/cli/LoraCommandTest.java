package dev.text2image.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.text2image.io.SafeTensorsFile;
import dev.text2image.lora.LoraFile;
import dev.text2image.lora.LoraFormat;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.torch.Torch;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a LoRA file to a model and back, by commands. */
class LoraCommandTest {
    private static final String WEIGHTS = "unet/diffusion_pytorch_model.safetensors";
    private static final String FILE =
            Fixtures.DIRECTORY.resolve("lora/kohya-locon.safetensors").toString();

    @TempDir
    private static Path shared;

    private static String model = "";

    @TempDir
    private Path directory;

    @BeforeAll
    static void writeModel() {
        model = TinyPipeline.write(shared.resolve("model")).path().toString();
    }

    private String path(String name) {
        return directory.resolve(name).toString();
    }

    private static CommandResult lora(String... words) {
        String[] all = new String[words.length + 1];
        all[0] = "lora";
        System.arraycopy(words, 0, all, 1, words.length);
        return CommandResult.run(all);
    }

    private static void succeed(String... words) {
        CommandResult run = lora(words);
        assertThat(run.code()).as(run.err()).isZero();
    }

    private static double difference(Path one, Path other) {
        double largest = 0;
        try (NDManager manager = Torch.newManager(Device.cpu());
                SafeTensorsFile first = SafeTensorsFile.open(one);
                SafeTensorsFile second = SafeTensorsFile.open(other)) {
            for (String name : first.tensors().keySet()) {
                NDArray change = first.read(manager, name).sub(second.read(manager, name));
                largest = Math.max(largest, change.abs().max().getFloat());
            }
        }
        return largest;
    }

    @Test
    void whatIsFusedIsExtractedAndTakenOutAgain() {
        succeed(
                "fuse",
                "--pretrained_model_name_or_path",
                model,
                "--lora",
                FILE + ":0.5",
                "--output_dir",
                path("fused"));
        Path base = Path.of(model).resolve(WEIGHTS);
        Path fused = directory.resolve("fused").resolve(WEIGHTS);
        assertThat(difference(base, fused)).isGreaterThan(0.01);

        String[] extract = ("extract --pretrained_model_name_or_path " + path("fused") + " --base_model " + model
                        + " --rank 2 --lora_target_modules attention+feed-forward convolutions --format kohya --output "
                        + path("found.safetensors"))
                .split(" ");
        succeed(extract);
        assertThat(LoraFile.open(directory.resolve("found.safetensors")).format())
                .isEqualTo(LoraFormat.KOHYA);

        for (String file : new String[] {FILE + ":-0.5", path("found.safetensors") + ":-1"}) {
            String target = path("unfused");
            succeed("fuse", "--pretrained_model_name_or_path", path("fused"), "--lora", file, "--output_dir", target);
            assertThat(difference(base, Path.of(target).resolve(WEIGHTS))).isLessThan(1e-6);
        }
    }

    @Test
    void aFileIsShownConvertedAndMadeSmaller() {
        String smaller = path("smaller.safetensors");
        CommandResult resized =
                lora("resize", FILE, "--rank", "1", "--output", smaller, "--pretrained_model_name_or_path", model);
        assertThat(resized.code()).as(resized.err()).isZero();
        assertThat(resized.out()).containsPattern("with [5-9]\\d\\.\\d % of the change");

        String other = path("other.safetensors");
        succeed("convert", smaller, "--format", "peft", "--output", other, "--pretrained_model_name_or_path", model);
        CommandResult shown = lora("show", FILE, other);
        assertThat(shown.out())
                .contains(
                        "form of kohya, F16",
                        "for a model with text embeddings of width 32",
                        "UNet: 14,496 parameters in 71 layers"
                                + " (32 attention, 18 convolutions, 8 feed-forward, 13 others), rank 2, alpha 1",
                        "ss_network_module: networks.lora",
                        "form of peft, F16",
                        "rank 1, alpha 1");
    }

    @Test
    void whatCannotBeDoneIsSaidInASentence() {
        assertThat(lora("convert", FILE, "--format", "peft", "--output", path("x"))
                        .err())
                .contains("is for a model with text embeddings of width 32; give that model with");
        String[] resize = {
            "resize", FILE, "--rank", "0", "--output", path("x"), "--pretrained_model_name_or_path", model
        };
        assertThat(lora(resize).err()).contains("rank is 0, but must be at least 1");
        String[] fuse = {"fuse", "--pretrained_model_name_or_path", model, "--output_dir", path("x"), "--lora"};
        assertThat(lora(with(fuse, FILE + ":1,nowhere=2")).err()).contains("'nowhere' has a weight of its own, but");
        Path sd2 = Fixtures.DIRECTORY.resolve("lora/kohya-sd2.safetensors");
        assertThat(lora(with(fuse, sd2.toString())).err())
                .contains("kohya-sd2.safetensors is for a model with text embeddings of width 48, but the model is a"
                        + " model with text embeddings of width 32. Use the base model");
        assertThat(directory.resolve("x")).doesNotExist();
    }

    private static String[] with(String[] words, String last) {
        String[] all = Arrays.copyOf(words, words.length + 1);
        all[words.length] = last;
        return all;
    }
}
