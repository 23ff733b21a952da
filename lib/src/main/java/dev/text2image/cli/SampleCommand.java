package dev.text2image.cli;

import dev.text2image.data.formats.ImageReader;
import dev.text2image.data.images.Images;
import dev.text2image.io.InvalidInputException;
import dev.text2image.nn.MixedPrecision;
import dev.text2image.nn.Precision;
import dev.text2image.nn.speed.PrecisionSpeed;
import dev.text2image.pipelines.GeneratedImages;
import dev.text2image.pipelines.GenerationRequest;
import dev.text2image.pipelines.GenerationRequestBuilder;
import dev.text2image.torch.RandomTensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Draws images with a model. */
@Command(
        name = "sample",
        description =
                "Draws images with a Stable Diffusion model, each with a seed of its own and its recipe in the file.",
        footer =
                "The same command draws what is missing of a run that was stopped: a file that has the same recipe stays.")
final class SampleCommand implements Runnable {
    @Option(
            names = "--pretrained_model_name_or_path",
            required = true,
            description = "Model directory, in diffusers layout.")
    private Path model = Path.of("");

    @Option(names = "--prompt", arity = "1..*", description = "One or more texts to draw.")
    private List<String> prompts = List.of();

    @Option(
            names = "--prompt_file",
            paramLabel = "FILE",
            description =
                    "A text file with a prompt on each line; empty lines and those that begin with # are left out.")
    private @Nullable Path promptFile;

    @Option(
            names = "--negative_prompt",
            arity = "1..*",
            description = "What the images should not show: a text for all prompts, or one for each.")
    private List<String> negativePrompts = List.of();

    @Option(
            names = "--prompt_weighting",
            description = "Let brackets weigh words, (word:1.3), (word), [word], and read prompts of any length;"
                    + " without it brackets are text.")
    private boolean promptWeighting;

    @Option(
            names = "--output_dir",
            description = "Where the PNG files and contact-sheet.png go (default: ${DEFAULT-VALUE}).")
    private Path output = Path.of("samples");

    @Option(names = "--num_images_per_prompt", description = "Images of each text (default: ${DEFAULT-VALUE}).")
    private int imagesPerPrompt = 1;

    @Option(names = "--batch_size", description = "Images that are drawn at once (default: ${DEFAULT-VALUE}).")
    private int batchSize = 4;

    @Mixin
    private DrawingOptions drawing = new DrawingOptions();

    @Option(
            names = "--seed",
            description = "Seed of the first image; the others have the numbers after it. Random if absent.")
    private @Nullable Long seed;

    @Option(
            names = "--part",
            paramLabel = "K/N",
            description =
                    "Draw only the K-th of N parts, as one of several processes that draw the others; needs --seed. Each"
                            + " image is the same as without it, down to its last bit, and there is no contact sheet.")
    private @Nullable String part;

    @Option(names = "--height", description = "Height in pixels; the initial image's, or the model's own, if absent.")
    private @Nullable Integer height;

    @Option(names = "--width", description = "Width in pixels, likewise.")
    private @Nullable Integer width;

    @Option(names = "--init_image", paramLabel = "FILE", description = "An image that all images start from.")
    private @Nullable Path initImage;

    @Option(
            names = "--strength",
            description = "How much of that image is repainted, up to 1 (default: ${DEFAULT-VALUE}).")
    private double strength = 0.8;

    @Option(
            names = "--clip_skip",
            description = "Layers of the text encoder that are left out at the end (default: ${DEFAULT-VALUE}).")
    private int clipSkip;

    @Option(
            names = "--guidance_rescale",
            description = "How far guidance keeps the contrast of the unguided, up to 1 (default: ${DEFAULT-VALUE}).")
    private double guidanceRescale;

    @Option(names = "--eta", description = "Noise that ddim adds in each step, up to 1 (default: ${DEFAULT-VALUE}).")
    private double eta;

    @Option(
            names = "--mixed_precision",
            defaultValue = "no",
            description = "no, bf16, fp16, or auto, what is fastest on the device (default: ${DEFAULT-VALUE}).")
    private MixedPrecision mixedPrecision = MixedPrecision.NO;

    @Override
    public void run() {
        if (batchSize < 1) {
            throw new InvalidInputException("batch_size is " + batchSize + "; it must be at least 1.");
        }
        if (part != null && seed == null) {
            throw new InvalidInputException(
                    "part is " + part + ", but there is no seed; give --seed, the same for all.");
        }
        List<List<SampleRun.Picture>> batches = batches(pictures(request()));
        if (batches.isEmpty()) {
            return;
        }
        boolean anySeed = seed == null;
        drawing.withLoras(model, precision(), pipeline -> {
            SampleRun run = new SampleRun(pipeline, model, drawing.loras(), output);
            run.draw(batches, anySeed);
            if (part == null) {
                run.writeSheet(batches);
            }
            return run;
        });
    }

    /** What is drawn at once does not depend on the part, as it touches the last bits of pictures. */
    private List<List<SampleRun.Picture>> batches(List<SampleRun.Picture> pictures) {
        List<List<SampleRun.Picture>> batches = new ArrayList<>();
        for (int from = 0; from < pictures.size(); from += batchSize) {
            batches.add(pictures.subList(from, Math.min(from + batchSize, pictures.size())));
        }
        return part == null ? batches : Part.parse(part).of(batches);
    }

    /** What all pictures have in common; whatever is wrong with it is told before a model is loaded. */
    private GenerationRequest request() {
        List<String> all = new ArrayList<>(prompts);
        if (promptFile != null) {
            all.addAll(read(promptFile));
        }
        if (all.isEmpty()) {
            throw new InvalidInputException("There is nothing to draw; give --prompt or --prompt_file.");
        }
        if (all.stream().anyMatch(String::isBlank)) {
            System.err.println("A prompt is empty: its images are drawn without a text.");
        }
        GenerationRequestBuilder request = drawing.request(all)
                .promptWeighting(promptWeighting)
                .clipSkip(clipSkip)
                .guidanceRescale(guidanceRescale)
                .eta(eta)
                .height(height)
                .width(width)
                .numImagesPerPrompt(imagesPerPrompt)
                .strength(strength)
                .initImage(initImage == null ? null : Images.toBufferedImage(ImageReader.read(initImage)));
        return (negativePrompts.size() == 1
                        ? request.negativePrompt(negativePrompts.get(0))
                        : request.negativePrompts(negativePrompts))
                .build();
    }

    private static List<String> read(Path file) {
        try {
            List<String> lines = Files.readAllLines(file).stream()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .toList();
            if (lines.isEmpty()) {
                throw new InvalidInputException(file + " has no prompt; write one on each line.");
            }
            return lines;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read the prompts in " + file + ": " + e, e);
        }
    }

    /** Each picture as a request of its own. */
    private List<SampleRun.Picture> pictures(GenerationRequest all) {
        long first = seed == null ? RandomTensors.seeds(1)[0] : seed;
        List<SampleRun.Picture> pictures = new ArrayList<>();
        for (int i = 0; i < all.prompts().size() * imagesPerPrompt; i++) {
            int prompt = i / imagesPerPrompt;
            List<String> negatives = all.negatives();
            String text = all.prompts().get(prompt);
            GenerationRequest one = GenerationRequestBuilder.builder(all)
                    .prompts(List.of(text))
                    .negativePrompts(List.of())
                    .negativePrompt(negatives.get(negatives.size() == 1 ? 0 : prompt))
                    .numImagesPerPrompt(1)
                    .seeds(List.of(first + i))
                    .build();
            pictures.add(new SampleRun.Picture(one, GeneratedImages.fileName(i, text)));
        }
        return pictures;
    }

    private Precision precision() {
        PrecisionSpeed.Work work = PrecisionSpeed.Work.INFERENCE;
        Precision precision = mixedPrecision.or(() -> PrecisionSpeed.fastest(drawing.device(), work));
        PrecisionSpeed.warning(precision, drawing.device(), work).ifPresent(System.err::println);
        return precision;
    }

    /**
     * One of several parts of a command's work, each of which any process may do.
     *
     * @param number which one, from 1
     * @param count of how many
     */
    private record Part(int number, int count) {
        /** Checks the numbers. */
        Part {
            if (number < 1 || number > count) {
                throw new InvalidInputException("part is " + number + "/" + count + "; it must be from 1/" + count
                        + " to " + count + "/" + count + ".");
            }
        }

        /** Reads {@code "2/8"}. */
        static Part parse(String text) {
            String[] numbers = text.split("/", -1);
            try {
                if (numbers.length == 2) {
                    return new Part(Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]));
                }
            } catch (NumberFormatException e) {
                throw new InvalidInputException(wrong(text), e);
            }
            throw new InvalidInputException(wrong(text));
        }

        private static String wrong(String text) {
            return "part is '" + text + "'; give number/count, for example 2/8.";
        }

        /** Takes this part of the work; the parts differ by one at most. */
        <T> List<T> of(List<T> all) {
            long size = all.size();
            return all.subList((int) (size * (number - 1) / count), (int) (size * number / count));
        }
    }
}
