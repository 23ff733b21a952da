package dev.text2image.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.text2image.io.AtomicFiles;
import dev.text2image.testing.ShowsEffectOf;
import dev.text2image.testing.TinyPipeline;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line as a person meets it: what works, and one clear sentence for what does not. */
class CommandLineTest {
    private static final String EMOJI = "../notebooks/data/noto-emoji";

    @TempDir
    private Path directory;

    private String model = "";
    private String output = "";

    @BeforeEach
    void writeModel() {
        model = TinyPipeline.write(directory.resolve("model")).path().toString();
        output = directory.resolve("output").toString();
    }

    private CommandResult train(String... more) {
        List<String> arguments = new ArrayList<>(List.of("train", "--pretrained_model_name_or_path", model));
        arguments.addAll(List.of("--output_dir", output, "--resolution", "16", "--device", "cpu"));
        arguments.addAll(List.of(more));
        return CommandResult.run(arguments.toArray(String[]::new));
    }

    private void assertOneSentence(CommandResult result, int code, String... parts) {
        assertThat(result.code()).isEqualTo(code);
        List<String> lines = result.err()
                .lines()
                .filter(line -> !line.startsWith("read ")) // progress of opening the data
                .toList();
        assertThat(lines).hasSize(1);
        assertThat(lines.get(0)).contains(parts);
        assertThat(Path.of(output)).doesNotExist();
    }

    private static CommandResult convert(String from, Path to, String... more) {
        List<String> arguments = new ArrayList<>(List.of("convert", "--pretrained_model_name_or_path", from));
        arguments.addAll(List.of("--output", to.toString()));
        arguments.addAll(List.of(more));
        return CommandResult.run(arguments.toArray(String[]::new));
    }

    @Test
    void convertsADirectoryToAFileAndBack() {
        Path file = directory.resolve("model.safetensors");
        assertThat(convert(model, file).out()).contains("Converted: " + file);
        Path back = directory.resolve("back");
        CommandResult result = convert(file.toString(), back, "--config", model, "--prediction_type", "v_prediction");
        assertThat(result.code()).as(result.err()).isZero();
        for (String weights :
                List.of("unet/diffusion_pytorch_model", "vae/diffusion_pytorch_model", "text_encoder/model")) {
            assertThat(back.resolve(weights + ".safetensors"))
                    .hasSameBinaryContentAs(Path.of(model, weights + ".safetensors"));
        }
        assertThat(back.resolve("scheduler/scheduler_config.json"))
                .content()
                .contains("\"prediction_type\": \"v_prediction\"");
        assertOneSentence(convert(model, Path.of(output)), 1, "output is " + output, "ends in .safetensors");
        assertOneSentence(convert(file.toString(), Path.of(output)), 1, "norm_num_groups", "--config");
    }

    @Test
    @ShowsEffectOf("output_dir")
    void trainsWithTheFlagsOfTheGuideAndSamples() {
        CommandResult trained =
                train(("--train_data_dir " + EMOJI + " --max_train_samples 4 --train_batch_size 2 --max_train_steps 2"
                                + " --use_ema --center_crop --random_flip --gradient_accumulation_steps 2"
                                + " --gradient_checkpointing --learning_rate 1e-05 --max_grad_norm 1 --snr_gamma 5.0"
                                + " --lr_scheduler constant --lr_warmup_steps 0 --mixed_precision no --seed 1")
                        .split(" "));
        assertThat(trained.code()).as(trained.err()).isZero();
        assertThat(trained.out()).contains("Fine-tuned model: " + output);

        Path samples = directory.resolve("samples");
        CommandResult sampled = CommandResult.run(
                "sample",
                "--pretrained_model_name_or_path",
                output,
                "--prompt",
                "a red heart",
                "a cat",
                "--num_inference_steps",
                "2",
                "--seed",
                "7",
                "--scheduler",
                "ddim",
                "--output_dir",
                samples.toString());
        assertThat(sampled.code()).as(sampled.err()).isZero();
        assertThat(samples.resolve("00-a-red-heart.png")).isRegularFile();
        assertThat(samples.resolve("01-a-cat.png")).isRegularFile();
    }

    @Test
    void trainsWithAPastedCommandAndAFileOfHyperparameters() throws IOException {
        Path file = directory.resolve("config.json");
        Files.writeString(file, "{\"max_train_steps\": 5, \"max_train_samples\": 2, \"train_batch_size\": 1}");
        String command =
                "export MODEL='" + model + "'\naccelerate launch --mixed_precision=\"no\" train_text_to_image.py \\\n"
                        + "  --pretrained_model_name_or_path=$MODEL --train_data_dir=" + EMOJI + " --resolution=16 \\\n"
                        + "  --max_train_steps=1 --device=cpu --foreach_ema --output_dir=" + output;
        CommandResult asOneText = CommandResult.run("train", "--config", file.toString(), command);
        assertThat(asOneText.code()).as(asOneText.err()).isZero();
        assertThat(asOneText.out())
                .contains(
                        "Note: foreach_ema has no effect",
                        "2 images, 1 optimizer steps",
                        "Fine-tuned model: " + output);

        List<String> words = new ArrayList<>(List.of("train", "accelerate", "launch", "--num_processes", "1"));
        words.addAll(List.of("train_text_to_image.py", "--pretrained_model_name_or_path", model));
        words.addAll(List.of("--train_data_dir", EMOJI, "--resolution=16", "--device", "cpu", "--config=" + file));
        words.addAll(List.of("--max_train_steps", "2", "--output_dir", output));
        CommandResult asWords = CommandResult.run(words.toArray(String[]::new));
        assertThat(asWords.code()).as(asWords.err()).isZero();
        assertThat(asWords.out()).contains("2 images, 2 optimizer steps");
    }

    @Test
    void wrongCommandsAndFilesOfHyperparameters() throws IOException {
        assertOneSentence(CommandResult.run("train", "model"), 2, "The command does not name train_text_to_image.py");
        assertOneSentence(train("--config", "nowhere.json"), 2, "There is no file nowhere.json");
        Path file = directory.resolve("config.json");
        Files.writeString(file, "{\"config\": {\"resolutoin\": 64}}");
        assertOneSentence(
                train("--config", file.toString()),
                2,
                "config.json: There is no hyper-parameter resolutoin; did you mean resolution?");
    }

    @Test
    void helpShowsTheFlagsInTheirGroups() {
        CommandResult help = CommandResult.run("train", "--help");
        assertThat(help.code()).isZero();
        assertThat(help.out())
                .containsSubsequence(
                        "--config=FILE", "Model", "--pretrained_model", "Objective", "--snr_gamma", "Validation")
                .contains("--use_ema ", "(default: 1e-4)");
    }

    @Test
    void aMeasurementIsALineOfJsonAndWritesNoModel() {
        CommandResult result =
                CommandResult.run(("measure train --pretrained_model_name_or_path " + model + " --output_dir " + output
                                + " --resolution 16 --device cpu --train_data_dir " + EMOJI
                                + " --max_train_samples 4 --train_batch_size 2 --max_train_steps 3")
                        .split(" "));
        assertThat(result.code()).as(result.err()).isZero();
        JsonObject measured = JsonParser.parseString(result.out()).getAsJsonObject();
        assertThat(measured.get("first_done_at").getAsDouble()).isLessThanOrEqualTo(System.currentTimeMillis() / 1e3);
        assertThat(measured.getAsJsonArray("seconds"))
                .hasSize(3)
                .allSatisfy(seconds -> assertThat(seconds.getAsDouble()).isPositive());
        assertThat(Path.of(output, "model_index.json")).doesNotExist();
    }

    @Test
    void evaluatesAModel() throws IOException {
        String validation = EMOJI + "/data/validation-00000-of-00001.parquet";
        String solid = "../notebooks/data/emoji-3d/data/validation-00000-of-00001.parquet";
        CommandResult result = CommandResult.run(("evaluate --pretrained_model_name_or_path " + model
                        + " --reference_data_dir " + validation
                        + " " + solid + " --group_columns subcategory,category --validation_data_dir " + validation
                        + " --style_data_dir " + validation + " " + solid + " --style_validation_data_dir " + validation
                        + " " + solid + " --num_prompts 5 --num_inference_steps 2 --sample_batch_size 3 --device cpu"
                        + " --output_dir " + output)
                .split(" "));
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out())
                .contains("5 prompts x 2, PNDMScheduler, 2 steps, guidance 7.5, seed 0", "same subcategory | ")
                .contains(Files.readString(Path.of(output, "evaluation.md")));
        JsonObject report = JsonParser.parseString(Files.readString(Path.of(output, "evaluation.json")))
                .getAsJsonObject();
        assertThat(report.getAsJsonArray("references")).hasSize(2);
        assertThat(report.getAsJsonObject("style").get("samples_of_second").getAsDouble())
                .isBetween(0.0, 1.0);
        assertThat(Path.of(output, "samples.png")).isRegularFile();
    }

    @Test
    void evaluatesWithTheCaptionsThatARunWasTrainedOn() {
        CommandResult result = CommandResult.run(
                ("evaluate --pretrained_model_name_or_path " + model + " --reference_data_dir " + EMOJI
                                + " --max_train_samples 4 --num_prompts 9 --num_images_per_prompt 1 --num_inference_steps 2"
                                + " --device cpu --output_dir " + output)
                        .split(" "));
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out()).contains("4 prompts x 1");
    }

    @Test
    void evaluatesAModelBesideItsBase() throws IOException {
        String solid = "../notebooks/data/emoji-3d";
        String evaluate = "evaluate --pretrained_model_name_or_path " + model + " --reference_data_dir " + solid
                + " --max_train_samples 600 --num_prompts 2 --num_inference_steps 1 --device cpu --output_dir "
                + output;
        assertOneSentence(
                CommandResult.run((evaluate + " --base_model " + model).split(" ")),
                1,
                "base_model is given without base_data_dir; give both, or none.");
        CommandResult result =
                CommandResult.run((evaluate + " --base_model " + model + " --base_data_dir " + EMOJI).split(" "));
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out())
                .contains("| trained on | before | 4 | ", "| of the base set | after | 4 | ")
                .contains(Files.readString(Path.of(output, "evaluation.md")));
    }

    @Test
    void comparesTwoModels() throws IOException {
        Path file = Path.of(output, "compared.png");
        CommandResult result = CommandResult.run(
                ("compare --before " + model + " --after " + model + " --prompt cat dog heart --columns 2"
                                + " --cell 20 --num_inference_steps 2 --device cpu --output " + file)
                        .split(" "));
        assertThat(result.code()).as(result.err()).isZero();
        BufferedImage picture = ImageIO.read(file.toFile());
        assertThat(picture.getWidth()).isEqualTo(2 * (12 + 2 * (20 + 12)));
        // The same model draws the same: the first picture of the first row, and of the second one below it.
        for (int x = 24; x < 64; x++) {
            assertThat(picture.getRGB(x, 44)).isEqualTo(picture.getRGB(x, 44 + 2 * (20 + 12)));
        }
    }

    @Test
    void aVariantOfTheWeightsIsDrawnFrom() throws IOException {
        String plain = TinyPipeline.write(directory.resolve("plain")).path().toString();
        rename("vae", "diffusion_pytorch_model");
        rename("text_encoder", "model");
        String draw = " --num_inference_steps 1 --device cpu";
        String sample = "sample --pretrained_model_name_or_path " + model + " --prompt cat" + draw + " --output_dir ";
        assertOneSentence(
                CommandResult.run((sample + output).split(" ")),
                1,
                "found config.json, model.fp16.safetensors",
                "--variant fp16");
        // As after fine-tuning: the UNet's weights are plain.
        assertThat(CommandResult.run((sample + output + " --variant fp16").split(" "))
                        .code())
                .isZero();
        rename("unet", "diffusion_pytorch_model");
        assertThat(CommandResult.run((sample + output + " --variant fp16").split(" "))
                        .code())
                .isZero();
        CommandResult compared = CommandResult.run(("compare --before " + model + " --after " + model
                        + " --prompt cat --variant fp16" + draw + " --output " + output + "/compared.png")
                .split(" "));
        assertThat(compared.code()).as(compared.err()).isZero();
        CommandResult evaluated = CommandResult.run(
                ("evaluate --pretrained_model_name_or_path " + model + " --reference_data_dir " + EMOJI
                                + " --num_prompts 2 --num_images_per_prompt 2 --variant fp16" + draw + " --output_dir "
                                + output)
                        .split(" "));
        assertThat(evaluated.code()).as(evaluated.err()).isZero();
        CommandResult without =
                CommandResult.run((sample.replace(model, plain) + output + " --variant fp16").split(" "));
        assertThat(without.code()).isEqualTo(1);
        assertThat(without.err()).contains("looked for model.fp16.safetensors");
    }

    private void rename(String part, String weights) throws IOException {
        Path folder = Path.of(model, part);
        Files.move(folder.resolve(weights + ".safetensors"), folder.resolve(weights + ".fp16.safetensors"));
    }

    @Test
    void flagsMayBeAbbreviated() {
        String samples = directory.resolve("samples").toString();
        CommandResult result = CommandResult.run(
                "sample", "--pretrained", model, "--prompt", "a cat", "--num_inf=1", "--dev", "cpu", "--out", samples);
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(Path.of(samples, "00-a-cat.png")).isRegularFile();
        assertOneSentence(
                CommandResult.run("sample", "--pretrained", model, "--prompt", "a cat", "--num", "1"),
                2,
                "--num may be --num_images_per_prompt, --num_inference_steps; write more of the name.");
        assertOneSentence(
                train("--train_data_dir", EMOJI, "--gradient", "4"),
                2,
                "--gradient may be --gradient_accumulation_steps, --gradient_checkpointing");
    }

    @Test
    void unpacksAParquetFile() {
        CommandResult result =
                CommandResult.run("unpack", "--train_data_dir", "../notebooks/data/emoji-3d", "--output_dir", output);
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out()).contains("Image folder: " + output + ", 833 images");
        assertThat(Path.of(output, "metadata.jsonl")).isRegularFile();
    }

    /** A folder of four images with a text beside each, of which two are broken. */
    private Path brokenImages() throws IOException {
        Path images = Files.createDirectories(directory.resolve("images"));
        for (String name : List.of("a", "b", "c", "d")) {
            BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
            ImageIO.write(image, "png", images.resolve(name + ".png").toFile());
            Files.writeString(images.resolve(name + ".txt"), "a square, " + name);
        }
        Files.write(images.resolve("b.png"), new byte[0]);
        Files.writeString(images.resolve("c.png"), "<!DOCTYPE html>");
        return images;
    }

    @Test
    void brokenImagesAreListedBeforeTrainingOrLeftOut() throws IOException {
        String images = brokenImages().toString();
        CommandResult refused = train("--train_data_dir", images, "--dry_run");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err())
                .contains(
                        "2 of 4 images cannot be read", "b.png: it is empty", "c.png: it starts with \"<!DOCTYPE ht\"")
                .contains("--skip_broken_images");
        CommandResult trained = train(
                "--train_data_dir",
                images,
                "--max_train_steps",
                "1",
                "--train_batch_size",
                "2",
                "--skip_broken_images");
        assertThat(trained.code()).as(trained.err()).isZero();
        assertThat(trained.out())
                .contains("Note: 2 of 4 images cannot be read and are left out")
                .contains("2 images (2 broken ones left out)");
    }

    @Test
    void everyCommandThatReadsImagesChecksThem() throws IOException {
        String images = brokenImages().toString();
        List<String> commands = List.of(
                "unpack --train_data_dir " + images + " --output_dir " + output,
                "train-autoencoder --resolution 16 --train_batch_size 2 --max_train_steps 1 --train_data_dir " + images
                        + " --output_dir " + output,
                "evaluate --num_prompts 2 --num_images_per_prompt 1 --num_inference_steps 1 --max_train_samples 2"
                        + " --pretrained_model_name_or_path " + model + " --reference_data_dir " + images
                        + " --group_columns auto --output_dir " + output);
        for (String command : commands) {
            CommandResult refused = CommandResult.run(command.split(" "));
            assertThat(refused.code()).isEqualTo(1);
            assertThat(refused.err()).contains("2 of 4 images cannot be read", "b.png", "c.png");
            assertThat(Path.of(output)).doesNotExist();
            CommandResult done = CommandResult.run((command + " --skip_broken_images").split(" "));
            assertThat(done.code()).as(done.err()).isZero();
            assertThat(done.out()).containsOnlyOnce("Note: 2 of 4 images cannot be read and are left out");
            AtomicFiles.deleteRecursively(Path.of(output));
        }
    }

    @Test
    void unknownFlag() {
        assertOneSentence(
                train("--train_data_dir", EMOJI, "--snr_gama", "5"), 2, "--snr_gama", "did you mean --snr_gamma?");
    }

    @Test
    void missingFlag() {
        assertOneSentence(train(), 2, "train_data_dir is missing");
    }

    @Test
    void nonsenseHyperparameters() {
        assertOneSentence(
                train("--train_data_dir", EMOJI, "--learning_rate", "-1", "--train_batch_size", "0"),
                2,
                "learning_rate is -1.0, but must be a number above 0",
                "train_batch_size is 0, but must be at least 1");
        assertOneSentence(
                train("--train_data_dir", EMOJI, "--lr_scheduler", "cosin"),
                2,
                "lr_scheduler is 'cosin', but must be one of constant, constant_with_warmup, linear, cosine");
        assertOneSentence(
                train("--train_data_dir", EMOJI, "--max_train_steps", "many"),
                2,
                "max_train_steps is 'many', but must be a whole number");
    }

    @Test
    @ShowsEffectOf("device")
    void missingDevice() {
        CommandResult result = CommandResult.run(
                "sample", "--pretrained_model_name_or_path", model, "--prompt", "a cat", "--device", "gpu");
        assertOneSentence(result, 1, "Unknown device 'gpu'; use auto, cpu, cuda or cuda:N.");
        assertOneSentence(
                train("--train_data_dir", EMOJI, "--device", "gpu"), 1, "Unknown device 'gpu'; use auto, cpu, cuda");
        assertOneSentence(
                train("--train_data_dir", EMOJI, "--mixed_precision", "fp8"),
                2,
                "mixed_precision is 'fp8', but must be one of no, bf16, fp16");
    }

    @Test
    void aModelThatCannotBeMadeIsRefusedBeforehand() {
        assertOneSentence(
                CommandResult.run(
                        "create",
                        "--vae",
                        model + "/vae",
                        "--tokenizer",
                        model + "/tokenizer",
                        "--output_dir",
                        output,
                        "--block_out_channels",
                        "32,64"),
                1,
                "block_out_channels has 2 numbers, but must have 3.");
        assertOneSentence(
                CommandResult.run(
                        "train-autoencoder", "--train_data_dir", EMOJI, "--output_dir", output, "--resolution", "30"),
                1,
                "resolution is 30, but must be a multiple of 8.");
    }

    @Test
    void missingModelFolder() {
        model = directory.resolve("nowhere").toString();
        assertOneSentence(train("--train_data_dir", EMOJI), 1, "nowhere");
    }

    @Test
    void truncatedSafetensors() throws IOException {
        Path weights = Path.of(model, "unet", "diffusion_pytorch_model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        Files.write(weights, Arrays.copyOf(bytes, bytes.length / 2), StandardOpenOption.TRUNCATE_EXISTING);
        assertOneSentence(
                train("--train_data_dir", EMOJI, "--max_train_samples", "2"), 1, "diffusion_pytorch_model.safetensors");
    }

    @Test
    void imageFolderWithoutCaptions() throws IOException {
        Path images = Files.createDirectories(directory.resolve("images"));
        Files.write(images.resolve("a.png"), new byte[] {1, 2, 3});
        assertOneSentence(train("--train_data_dir", images.toString()), 1, "metadata.jsonl");
    }

    @Test
    void unreadableImage() throws IOException {
        Path images = Files.createDirectories(directory.resolve("images"));
        Files.write(images.resolve("a.png"), new byte[] {1, 2, 3});
        Files.writeString(images.resolve("metadata.jsonl"), "{\"file_name\": \"a.png\", \"text\": \"a\"}\n");
        CommandResult result = train("--train_data_dir", images.toString(), "--max_train_steps", "1");
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err()).contains("a.png");
        assertThat(Path.of(output)).doesNotExist();
    }
}
