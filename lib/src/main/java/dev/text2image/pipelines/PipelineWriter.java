package dev.text2image.pipelines;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.text2image.io.AtomicFiles;
import dev.text2image.io.Json;
import dev.text2image.io.JsonFields;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Writes pipelines part by part, model_index.json last. */
final class PipelineWriter {
    /** The version of diffusers whose layout is written. */
    private static final String DIFFUSERS_VERSION = "0.42.1";

    /** A folder's name in model_index.json; nothing that could lead out of the model's directory. */
    private static final Pattern FOLDER = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_]*");

    private static final Gson GSON = new Gson();

    private PipelineWriter() {}

    static void create(Path target, Map<PipelineComponent, Consumer<Path>> parts) {
        new TreeMap<>(parts).forEach((component, writer) -> write(target, component.folder(), writer));
        Map<String, JsonElement> entries = new TreeMap<>();
        for (String absent : List.of("feature_extractor", "image_encoder", "safety_checker")) {
            entries.put(absent, entry(null, null));
        }
        for (PipelineComponent component : PipelineComponent.values()) {
            entries.put(component.folder(), entry(component.library(), className(target, component)));
        }
        JsonObject index = new JsonObject();
        index.addProperty("_class_name", PipelineDirectory.CLASS_NAME);
        index.addProperty("_diffusers_version", DIFFUSERS_VERSION);
        entries.forEach(index::add);
        index.addProperty("requires_safety_checker", false);
        Json.write(target.resolve(PipelineDirectory.INDEX_FILE), index);
    }

    static void copy(PipelineDirectory source, Path target, Map<String, Consumer<Path>> replaced) {
        JsonObject index = source.modelIndex();
        boolean inPlace = isSame(source.path(), target);
        for (String folder : folders(index)) {
            Path from = source.path().resolve(folder);
            Consumer<Path> writer = replaced.get(folder);
            if (writer != null) {
                write(target, folder, writer);
            } else if (!Files.isDirectory(from)) {
                // A safety checker that was not downloaded: diffusers could not load a model that still lists it.
                index.add(folder, entry(null, null));
            } else if (!inPlace) {
                AtomicFiles.writeDirectory(target.resolve(folder), place -> copyFiles(from, place));
            }
        }
        for (String folder : replaced.keySet()) {
            PipelineComponent component = PipelineComponent.ofFolder(folder).orElseThrow();
            index.add(folder, entry(component.library(), className(target, component)));
        }
        Json.write(target.resolve(PipelineDirectory.INDEX_FILE), index);
    }

    /** The folders of the parts that a model has: those that it must have, and those that its index gives a class. */
    private static Set<String> folders(JsonObject index) {
        Set<String> optional = index.entrySet().stream()
                .filter(entry -> FOLDER.matcher(entry.getKey()).matches())
                .filter(entry -> isPart(entry.getValue()))
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(TreeSet::new));
        for (PipelineComponent component : PipelineComponent.values()) {
            optional.add(component.folder());
        }
        return optional;
    }

    private static boolean isPart(JsonElement value) {
        return value.isJsonArray()
                && value.getAsJsonArray().size() == 2
                && !value.getAsJsonArray().get(1).isJsonNull();
    }

    private static void write(Path target, String folder, Consumer<Path> writer) {
        AtomicFiles.writeDirectory(target.resolve(folder), writer::accept);
    }

    /** Copies what a part consists of: the visible files of its folder, not the folders in it. Links are followed. */
    static void copyFiles(Path from, Path place) {
        try (Stream<Path> entries = Files.list(from)) {
            for (Path file : entries.filter(Files::isRegularFile).toList()) {
                String name = String.valueOf(file.getFileName());
                if (name.startsWith(".")) {
                    continue;
                }
                // A stream, as a copied file would take over that the original may not be written.
                try (OutputStream out = Files.newOutputStream(place.resolve(name))) {
                    Files.copy(file, out);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot copy " + from + ": " + e.getMessage(), e);
        }
    }

    private static String className(Path target, PipelineComponent component) {
        if (component != PipelineComponent.SCHEDULER) {
            return component.className();
        }
        Path file = target.resolve(component.folder()).resolve(component.configFile());
        return JsonFields.read(file).string("_class_name");
    }

    private static JsonElement entry(@Nullable String library, @Nullable String className) {
        return GSON.toJsonTree(Arrays.asList(library, className));
    }

    private static boolean isSame(Path source, Path target) {
        try {
            return Files.exists(target) && Files.isSameFile(source, target);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + target + ": " + e.getMessage(), e);
        }
    }
}
