package dev.text2image.cli;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.text2image.data.images.Images;
import dev.text2image.data.images.Transparency;
import dev.text2image.io.ContentHash;
import dev.text2image.lora.WeightedLora;
import dev.text2image.pipelines.GenerationRequest;
import dev.text2image.schedulers.Scheduler;
import java.awt.Dimension;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How a picture was drawn, as the web interface of AUTOMATIC1111 writes it into a PNG file under {@link #KEYWORD} and reads it back.
 *
 * @param text the prompt, the negative prompt if there is one, and a line of settings
 */
record Recipe(String text) {
    /** The name of the text in the file. */
    static final String KEYWORD = "parameters";

    private static final int HASH_LENGTH = 10;
    private static final Pattern BRACKET = Pattern.compile("[(\\[]");
    private static final Pattern SEED = Pattern.compile("(?<=, Seed: )-?\\d+(?=, )");
    private static final Map<String, String> SAMPLERS = Map.ofEntries(
            Map.entry("DDIMScheduler", "DDIM"),
            Map.entry("DDPMScheduler", "DDPM"),
            Map.entry("PNDMScheduler", "PLMS"),
            Map.entry("EulerDiscreteScheduler", "Euler"),
            Map.entry("EulerAncestralDiscreteScheduler", "Euler a"),
            Map.entry("HeunDiscreteScheduler", "Heun"),
            Map.entry("LMSDiscreteScheduler", "LMS"),
            Map.entry("DPMSolverMultistepScheduler", "DPM++ 2M"),
            Map.entry("UniPCMultistepScheduler", "UniPC"),
            Map.entry("LCMScheduler", "LCM"));
    private static final Map<String, String> SCHEDULES =
            Map.of("use_karras_sigmas", "Karras", "use_exponential_sigmas", "Exponential", "use_beta_sigmas", "Beta");

    /**
     * Writes a recipe.
     *
     * @param request one prompt with one seed
     * @param scheduler the sampler
     * @param model the model's name
     * @param loras the LoRA files, and when they begin to count
     * @param size width and height of the picture
     * @param image the hash of the initial image, of {@link #hash}; empty without one
     */
    static Recipe of(
            GenerationRequest request, Scheduler scheduler, String model, LoraUse loras, Dimension size, String image) {
        String prompt = request.prompts().get(0)
                + loras.files().stream()
                        .map(lora -> " <lora:" + name(lora.file()) + ":" + weights(lora) + ">")
                        .collect(Collectors.joining());
        String negative = request.negatives().get(0);
        Map<String, String> all = settings(request, scheduler, model, size, image);
        if (loras.start() > 0) {
            all.put("LoRA start", number(loras.start()));
        }
        String settings = all.entrySet().stream()
                .map(setting -> setting.getKey() + ": " + quoted(setting.getValue()))
                .collect(Collectors.joining(", "));
        return new Recipe(prompt + (negative.isEmpty() ? "" : "\nNegative prompt: " + negative) + "\n" + settings);
    }

    /** The hash of an initial image; empty without one. */
    static String hash(@Nullable BufferedImage image) {
        return image == null
                ? ""
                : ContentHash.of(Images.fromBufferedImage(image, Transparency.DROP)
                                .pixels())
                        .substring(0, HASH_LENGTH);
    }

    private static String weights(WeightedLora lora) {
        return number(lora.weight())
                + new TreeMap<>(lora.blocks())
                        .entrySet().stream()
                                .map(block -> "," + block.getKey() + "=" + number(block.getValue()))
                                .collect(Collectors.joining());
    }

    private static Map<String, String> settings(
            GenerationRequest request, Scheduler scheduler, String model, Dimension size, String image) {
        JsonObject config = scheduler.config().toJson();
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("Steps", String.valueOf(request.numInferenceSteps()));
        settings.put("Sampler", sampler(scheduler, config));
        SCHEDULES.forEach((field, name) -> {
            if (isTrue(config, field)) {
                settings.put("Schedule type", name);
            }
        });
        settings.put("CFG scale", number(request.guidanceScale()));
        settings.put("Seed", String.valueOf(request.seeds().get(0)));
        settings.put("Size", size.width + "x" + size.height);
        settings.put("Model", model);
        if (!image.isEmpty()) {
            settings.put("Denoising strength", number(request.strength()));
            settings.put("Init image hash", image);
        }
        if (request.clipSkip() > 0) {
            settings.put("Clip skip", String.valueOf(request.clipSkip() + 1));
        }
        if (request.eta() > 0) {
            settings.put("Eta DDIM", number(request.eta()));
        }
        if (request.guidanceRescale() > 0) {
            settings.put("Guidance rescale", number(request.guidanceRescale()));
        }
        boolean brackets = BRACKET.matcher(
                        request.prompts().get(0) + request.negatives().get(0))
                .find();
        if (brackets && !request.promptWeighting()) {
            settings.put("Emphasis", "None");
        }
        settings.put("RNG", "CPU");
        return settings;
    }

    private static String sampler(Scheduler scheduler, JsonObject config) {
        String name = scheduler.config().className();
        boolean stochastic = config.has("algorithm_type")
                && config.get("algorithm_type").getAsString().startsWith("sde-");
        return SAMPLERS.getOrDefault(name, String.valueOf(name)) + (stochastic ? " SDE" : "");
    }

    private static boolean isTrue(JsonObject config, String field) {
        return config.has(field)
                && config.get(field).isJsonPrimitive()
                && config.get(field).getAsBoolean();
    }

    /** Whole numbers without a point. */
    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e9
                ? String.valueOf((long) value)
                : String.valueOf(value);
    }

    /** As a JSON text where the value has what separates settings. */
    private static String quoted(String value) {
        return value.matches("(?s).*[,:\\n].*") ? new JsonPrimitive(value).toString() : value;
    }

    /** What a recipe calls a file or a directory: its name without an ending of weight files. */
    static String name(Path file) {
        return String.valueOf(file.toAbsolutePath().normalize().getFileName()).replaceFirst("\\.safetensors$", "");
    }

    /** The same recipe with another seed. */
    Recipe withSeed(long seed) {
        return new Recipe(SEED.matcher(text).replaceFirst(String.valueOf(seed)));
    }

    /** The seed. */
    long seed() {
        Matcher found = SEED.matcher(text);
        return found.find() ? Long.parseLong(found.group()) : 0;
    }
}
