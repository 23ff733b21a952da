package dev.text2image.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.text2image.data.formats.ImageReader;
import dev.text2image.data.formats.PngText;
import dev.text2image.data.images.Images;
import dev.text2image.data.images.RgbImage;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.TinyPipeline;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command that draws many pictures. */
class SampleCommandTest {
    private static final FileTime LATER = FileTime.fromMillis(System.currentTimeMillis() + 60_000);

    @TempDir
    private static Path models;

    @TempDir
    private Path directory;

    @BeforeAll
    static void writeModel() {
        TinyPipeline.write(models.resolve("tiny"));
    }

    private CommandResult sample(String... more) {
        List<String> arguments = new ArrayList<>(List.of("sample", "--pretrained_model_name_or_path"));
        arguments.addAll(List.of(models.resolve("tiny").toString(), "--device", "cpu"));
        arguments.addAll(List.of("--output_dir", directory.toString(), "--num_inference_steps", "2"));
        arguments.addAll(List.of(more));
        return CommandResult.run(arguments.toArray(String[]::new));
    }

    private CommandResult draw(String... more) {
        CommandResult result = sample(more);
        assertThat(result.code()).as(result.err()).isZero();
        return result;
    }

    private Optional<String> recipe(String file) throws IOException {
        return PngText.read(directory.resolve(file), "parameters");
    }

    @Test
    void aFileOfPromptsIsDrawnWithRecipesAndASheet() throws IOException {
        Path prompts =
                Files.writeString(directory.resolve("prompts.txt"), "# mine\na (red) heart\n\n  a caf\u00e9 \u2764\n");
        CommandResult result = draw(("--prompt_file|" + prompts + "|--prompt|a cat|--negative_prompt|blurry|--seed|5|"
                        + "--scheduler|dpm++-2m-karras|--num_images_per_prompt|2|--guidance_scale|5|--batch_size|4")
                .split("\\|"));
        assertThat(result.out().lines().map(line -> String.valueOf(Path.of(line).getFileName())))
                .containsExactly(
                        "00-a-cat.png",
                        "01-a-cat.png",
                        "02-a-red-heart.png",
                        "03-a-red-heart.png",
                        "04-a-cafe.png",
                        "05-a-cafe.png",
                        "contact-sheet.png");
        assertThat(recipe("01-a-cat.png"))
                .contains("a cat\nNegative prompt: blurry\nSteps: 2, Sampler: DPM++ 2M, Schedule type: Karras,"
                        + " CFG scale: 5, Seed: 6, Size: 16x16, Model: tiny, RNG: CPU");
        assertThat(recipe("02-a-red-heart.png").orElse("")).contains("Emphasis: None", "Seed: 7,");
        assertThat(recipe("04-a-cafe.png").orElse("")).startsWith("a caf\u00e9 \u2764\n");
        RgbImage alone = ImageReader.read(directory.resolve("03-a-red-heart.png"));
        draw(
                "--prompt",
                "a (red) heart",
                "--negative_prompt",
                "blurry",
                "--seed",
                "8",
                "--scheduler",
                "dpm++-2m-karras",
                "--guidance_scale",
                "5");
        assertThat(largestDifference(ImageReader.read(directory.resolve("00-a-red-heart.png")), alone))
                .isLessThanOrEqualTo(1);
    }

    private static int largestDifference(RgbImage a, RgbImage b) {
        byte[] first = a.pixels();
        byte[] second = b.pixels();
        int largest = 0;
        for (int i = 0; i < first.length; i++) {
            largest = Math.max(largest, Math.abs((first[i] & 255) - (second[i] & 255)));
        }
        return largest;
    }

    @Test
    void aStoppedRunGoesOn() throws IOException {
        String[] run = {"--prompt", "a cat", "a dog", "a house", "--batch_size", "2"};
        draw(run);
        Path missing = directory.resolve("00-a-cat.png");
        Files.delete(missing);
        Path torn = directory.resolve("01-a-dog.png");
        Files.write(torn, Arrays.copyOf(Files.readAllBytes(torn), 300));
        Path kept = directory.resolve("02-a-house.png");
        Files.setLastModifiedTime(kept, LATER);
        Optional<String> recipe = recipe("02-a-house.png");
        assertThat(draw(run).err()).contains("1 of 3 images are in " + directory + " already.");
        assertThat(Files.getLastModifiedTime(kept)).isEqualTo(LATER);
        assertThat(recipe("02-a-house.png")).isEqualTo(recipe);
        assertThat(missing).isRegularFile();
        assertThat(recipe("01-a-dog.png")).isPresent();
        assertThat(draw("--prompt", "a cat", "a dog", "a house", "--guidance_scale", "1")
                        .err())
                .as("another recipe")
                .doesNotContain("already");
    }

    @Test
    void partsAndWhatIsDrawnAgainHaveTheBytesOfTheWhole() throws IOException {
        String[] run = "--prompt|a cat|a dog|a house|a tree|a fox|--seed|3|--batch_size|2".split("\\|");
        draw(run);
        Files.delete(directory.resolve("contact-sheet.png"));
        Map<String, byte[]> whole = pictures();
        assertThat(whole).hasSize(5);
        Files.delete(directory.resolve("01-a-dog.png"));
        draw(run);
        Files.delete(directory.resolve("contact-sheet.png"));
        assertThat(pictures()).containsExactlyEntriesOf(whole);
        for (String name : whole.keySet()) {
            Files.delete(directory.resolve(name));
        }
        for (String part : List.of("4/4", "2/4", "1/4", "3/4")) {
            draw(Stream.concat(Arrays.stream(run), Stream.of("--part", part)).toArray(String[]::new));
        }
        assertThat(pictures()).containsExactlyEntriesOf(whole);
    }

    private Map<String, byte[]> pictures() throws IOException {
        Map<String, byte[]> pictures = new TreeMap<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                pictures.put(String.valueOf(file.getFileName()), Files.readAllBytes(file));
            }
        }
        return pictures;
    }

    @Test
    void picturesOfAnOlderModelAreDrawnAgain() throws IOException {
        draw("--prompt", "a cat", "--seed", "1");
        assertThat(draw("--prompt", "a cat", "--seed", "1").err()).contains("1 of 1 images");
        Files.setLastModifiedTime(directory.resolve("00-a-cat.png"), FileTime.fromMillis(0));
        assertThat(draw("--prompt", "a cat", "--seed", "1").err()).doesNotContain("already");
        assertThat(draw("--prompt", "a cat", "--seed", "2").err()).doesNotContain("already");
        assertThat(draw("--prompt", "a cat").err()).as("any seed will do").contains("1 of 1 images");
    }

    @Test
    void whereLoraFilesBeginToCountBelongsToTheRecipe() throws IOException {
        String file = Fixtures.DIRECTORY.resolve("lora/kohya-locon.safetensors").toString();
        String[] early = {"--prompt", "a cat", "--seed", "1", "--lora", file, "--lora_start", "0.25"};
        draw(early);
        assertThat(recipe("00-a-cat.png").orElse("")).contains("<lora:kohya-locon:1>", ", LoRA start: 0.25");
        assertThat(draw(early).err()).contains("1 of 1 images");
        assertThat(draw("--prompt", "a cat", "--seed", "1", "--lora", file, "--lora_start", "0.5")
                        .err())
                .doesNotContain("already");
        assertThat(draw("--prompt", "a cat", "--seed", "1", "--lora", file).err())
                .doesNotContain("already");
        assertThat(recipe("00-a-cat.png").orElse("")).doesNotContain("LoRA start");
    }

    @Test
    void anInitialImageIsRepainted() throws IOException {
        Path start = directory.resolve("start.png");
        Images.writePng(new BufferedImage(20, 12, BufferedImage.TYPE_INT_RGB), start);
        draw("--prompt", "a cat", "--init_image", start.toString(), "--strength", "0.5", "--clip_skip", "1");
        assertThat(recipe("00-a-cat.png").orElse(""))
                .contains("Size: 20x12, Model: tiny, Denoising strength: 0.5, Init image hash: ", ", Clip skip: 2");
        assertThat(ImageReader.read(directory.resolve("00-a-cat.png")).width()).isEqualTo(20);
    }

    @Test
    void anEmptyPromptIsDrawnAndNoted() {
        assertThat(draw("--prompt", "").err()).contains("A prompt is empty: its images are drawn without a text.");
        assertThat(directory.resolve("00.png")).isRegularFile();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--prompt,a (cat,--prompt_weighting|The prompt 'a (cat' has a '(' at character 3 that is not closed",
                "--prompt,a,b,c,--negative_prompt,x,y|the number of negative_prompts is 2; it must be 3",
                "--prompt,a,--scheduler,eulr|There is no scheduler eulr; use one of: ddpm, ddim",
                "--prompt,a,--height,15|height is 15; it must be a multiple of 2, for example 14 or 16",
                "--prompt,a,--strength,2|strength is 2.0; it must be from 0 to 1",
                "--prompt,a,--clip_skip,9|clip_skip is 9; it must be from 0 to 2",
                "--prompt,a,--lora,x,--lora_start,1|lora_start is 1.0; it must be from 0 to below 1",
                "--prompt,a,--lora_start,0.5|lora_start is given, but no LoRA file; give one with --lora",
                "--prompt,a,--batch_size,0|batch_size is 0; it must be at least 1",
                "--prompt,a,--part,1/2|part is 1/2, but there is no seed; give --seed, the same for all",
                "--prompt,a,--seed,1,--part,3/2|part is 3/2; it must be from 1/2 to 2/2",
                "--prompt,a,--seed,1,--part,2|part is '2'; give number/count, for example 2/8",
                "--seed,1|There is nothing to draw; give --prompt or --prompt_file"
            })
    void wrongRequestsAreOneSentence(String flags, String message) throws IOException {
        CommandResult result = sample(flags.split(","));
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err().lines()).singleElement().asString().contains(message);
        try (var files = Files.list(directory)) {
            assertThat(files).isEmpty();
        }
    }
}
