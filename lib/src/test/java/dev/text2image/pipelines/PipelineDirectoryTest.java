package dev.text2image.pipelines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.text2image.io.AtomicFiles;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.Json;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.samplers.DDIMScheduler;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.TinyPipeline;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models on disk: what is refused, and what a copy holds. */
class PipelineDirectoryTest {
    @TempDir
    private Path directory;

    private Path model;

    @BeforeEach
    void write() {
        model = directory.resolve("model");
        TinyPipeline.write(model);
    }

    /** The content of all files by relative path, without model_index.json. */
    private static Map<String, String> contents(Path root) throws IOException {
        Map<String, String> result = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                result.put(
                        root.relativize(file).toString(),
                        new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
            }
        }
        result.remove(PipelineDirectory.INDEX_FILE);
        return result;
    }

    private void listInIndex(String name, String library, String className) {
        JsonObject index = Json.readObject(model.resolve(PipelineDirectory.INDEX_FILE));
        JsonArray entry = new JsonArray();
        entry.add(library);
        entry.add(className);
        index.add(name, entry);
        Json.write(model.resolve(PipelineDirectory.INDEX_FILE), index);
    }

    private static void writeScheduler(Path place, String className) {
        Json.write(
                place.resolve("scheduler_config.json"),
                SchedulerConfig.stableDiffusion().toBuilder()
                        .className(className)
                        .build()
                        .toJson());
    }

    @Test
    void aNewModelHasTheIndexOfDiffusers() {
        JsonObject expected = Json.readObject(Fixtures.DIRECTORY.resolve("tiny-sd1/model_index.json"));
        JsonArray tokenizer = new JsonArray();
        tokenizer.add("transformers");
        tokenizer.add("CLIPTokenizer");
        expected.add("tokenizer", tokenizer);
        assertThat(PipelineDirectory.open(model).modelIndex()).isEqualTo(expected);
    }

    @Test
    void whatIsMissingIsListed() {
        AtomicFiles.deleteRecursively(model.resolve("vae"));
        AtomicFiles.deleteRecursively(model.resolve("model_index.json"));
        AtomicFiles.deleteRecursively(model.resolve("unet/diffusion_pytorch_model.safetensors"));
        AtomicFiles.deleteRecursively(model.resolve("tokenizer/merges.txt"));
        assertThatThrownBy(() -> PipelineDirectory.open(model))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("missing: model_index.json; tokenizer/vocab.json and tokenizer/merges.txt, or"
                        + " tokenizer/tokenizer.json; unet/diffusion_pytorch_model.safetensors; the folder vae.")
                .hasMessageContaining("layout of diffusers");
    }

    @Test
    void pickledPartsAreNamedWithTheWayToConvertThem() throws IOException {
        Path vae = model.resolve("vae");
        Files.move(vae.resolve("diffusion_pytorch_model.safetensors"), vae.resolve("diffusion_pytorch_model.bin"));
        Path text = model.resolve("text_encoder");
        Files.move(text.resolve("model.safetensors"), text.resolve("pytorch_model.bin"));
        assertThatThrownBy(() -> PipelineDirectory.open(model))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContainingAll(
                        "vae/diffusion_pytorch_model.safetensors (diffusion_pytorch_model.bin is pickled)",
                        "text_encoder/model.safetensors (pytorch_model.bin is pickled)",
                        "Pickle is not read, as it can run any code.",
                        "python3 -c \"import pathlib, torch",
                        "pathlib.Path('" + model + "')")
                .hasMessageNotContaining("unet/diffusion");
    }

    @Test
    void namesOfTheHubAreExplained() {
        assertThatThrownBy(() -> PipelineDirectory.open(Path.of("some-org/some-model")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("There is no directory " + Path.of("some-org/some-model")
                        + ", and as a name on the hub: model some-org/some-model is not");
        assertThatThrownBy(() -> PipelineDirectory.open(directory.resolve("nothing")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("There is no directory")
                .hasMessageNotContaining("as a name on the hub");
        assertThatThrownBy(() -> PipelineDirectory.open(model.resolve("model_index.json")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("is a file");
    }

    @Test
    void anotherPipelineIsRefused() {
        JsonObject index = Json.readObject(model.resolve("model_index.json"));
        index.addProperty("_class_name", "StableDiffusionXLPipeline");
        Json.write(model.resolve("model_index.json"), index);
        assertThatThrownBy(() -> PipelineDirectory.open(model))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(
                        "_class_name is StableDiffusionXLPipeline where StableDiffusionPipeline was expected");
    }

    @Test
    void aSchedulerThatIsNotSupportedIsNamedWithItsFile() {
        JsonObject config = Json.readObject(model.resolve("scheduler/scheduler_config.json"));
        config.addProperty("_class_name", "DEISMultistepScheduler");
        Json.write(model.resolve("scheduler/scheduler_config.json"), config);
        PipelineDirectory files = PipelineDirectory.open(model);
        assertThatThrownBy(files::scheduler)
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("scheduler_config.json")
                .hasMessageContaining("DEISMultistepScheduler");
    }

    @Test
    void oldSchedulerFilesAreCorrectedForSampling() {
        writeScheduler(model.resolve("scheduler"), DDIMScheduler.CLASS_NAME);
        JsonObject config = Json.readObject(model.resolve("scheduler/scheduler_config.json"));
        config.remove("clip_sample");
        config.remove("steps_offset");
        Json.write(model.resolve("scheduler/scheduler_config.json"), config);
        SchedulerConfig sampling = PipelineDirectory.open(model).scheduler().config();
        assertThat(sampling.clipSample()).isFalse();
        assertThat(sampling.stepsOffset()).isEqualTo(1);
        assertThat(PipelineDirectory.open(model).schedulerConfig()).isEqualTo(config);
    }

    @Test
    void aCopyKeepsWhatIsNotReplaced() throws IOException {
        AtomicFiles.writeString(model.resolve("safety_checker/model.safetensors"), "checker\r\n");
        listInIndex("safety_checker", "stable_diffusion", "StableDiffusionSafetyChecker");
        listInIndex("feature_extractor", "transformers", "CLIPImageProcessor");
        Map<String, String> expected = contents(model);
        expected.put("unet/config.json", "trained");
        expected.remove("unet/diffusion_pytorch_model.safetensors");
        expected.put("unet/diffusion_pytorch_model.safetensors", "weights");
        AtomicFiles.writeString(model.resolve("checkpoint-5/unet/config.json"), "stray");
        AtomicFiles.writeString(model.resolve("notes.txt"), "stray");
        AtomicFiles.writeString(model.resolve("vae/.cache"), "stray");
        AtomicFiles.writeString(model.resolve("vae/checkpoints/x"), "stray");

        Path target = directory.resolve("out/copy");
        PipelineDirectory copy = PipelineDirectory.open(model).copyWith(target, Map.of("unet", place -> {
            AtomicFiles.writeString(place.resolve("config.json"), "trained");
            AtomicFiles.writeString(place.resolve("diffusion_pytorch_model.safetensors"), "weights");
        }));

        assertThat(contents(target)).isEqualTo(expected);
        assertThat(copy.modelIndex().get("safety_checker").toString()).contains("StableDiffusionSafetyChecker");
        assertThat(copy.modelIndex().getAsJsonArray("feature_extractor").get(0)).isEqualTo(JsonNull.INSTANCE);
    }

    @Test
    void theIndexNamesTheNewScheduler() {
        Path target = directory.resolve("copy");
        PipelineDirectory copy = PipelineDirectory.open(model)
                .copyWith(target, Map.of("scheduler", place -> writeScheduler(place, DDIMScheduler.CLASS_NAME)));
        assertThat(copy.modelIndex().getAsJsonArray("scheduler").get(1).getAsString())
                .isEqualTo("DDIMScheduler");
        assertThat(copy.scheduler()).isInstanceOf(DDIMScheduler.class);
    }

    @Test
    void aModelMayBeChangedInPlace() throws IOException {
        Map<String, String> expected = contents(model);
        PipelineDirectory.open(model)
                .copyWith(model, Map.of("scheduler", place -> writeScheduler(place, DDIMScheduler.CLASS_NAME)));
        expected.put("scheduler/scheduler_config.json", contents(model).get("scheduler/scheduler_config.json"));
        assertThat(contents(model)).isEqualTo(expected);
    }

    @Test
    void aFailureLeavesNothingHalfWritten() throws IOException {
        Path target = directory.resolve("copy");
        PipelineDirectory source = PipelineDirectory.open(model);
        assertThatThrownBy(() -> source.copyWith(target, Map.of("unet", place -> {
                    AtomicFiles.writeString(place.resolve("config.json"), "half");
                    throw new IllegalStateException("disk full");
                })))
                .hasMessage("disk full");
        assertThat(target.resolve("model_index.json")).doesNotExist();
        assertThat(target.resolve("unet")).doesNotExist();
        try (Stream<Path> left = Files.list(target)) {
            assertThat(left.map(path -> path.getFileName().toString())).noneMatch(name -> name.startsWith("."));
        }
    }

    @Test
    void anUnknownPartIsRefused() {
        PipelineDirectory source = PipelineDirectory.open(model);
        assertThatThrownBy(() -> source.copyWith(directory.resolve("copy"), Map.of("../unet", place -> {})))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("'../unet' is no part");
        assertThat(directory.resolve("copy")).doesNotExist();
    }

    @Test
    void aCopyTakesThePartsThatAnotherDirectoryHas() throws IOException {
        Path parts = directory.resolve("parts");
        TinyPipeline.write(directory.resolve("other"));
        Files.createDirectory(parts);
        Files.move(directory.resolve("other/unet"), parts.resolve("unet"));
        writeScheduler(Files.createDirectory(parts.resolve("scheduler")), DDIMScheduler.CLASS_NAME);
        Map<String, String> expected = contents(model);
        expected.putAll(contents(parts));

        PipelineDirectory copy = PipelineDirectory.open(model).copyWith(directory.resolve("copy"), parts);

        assertThat(contents(copy.path())).isEqualTo(expected);
        assertThat(copy.scheduler()).isInstanceOf(DDIMScheduler.class);
    }

    @Test
    void aDirectoryWithoutPartsOrWithAnIncompleteOneIsRefused() throws IOException {
        PipelineDirectory source = PipelineDirectory.open(model);
        Path parts = Files.createDirectory(directory.resolve("parts"));
        assertThatThrownBy(() -> source.copyWith(directory.resolve("copy"), parts))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(parts + " has no part");
        Files.createDirectory(parts.resolve("unet"));
        assertThatThrownBy(() -> source.copyWith(directory.resolve("copy"), parts))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("unet/config.json");
        assertThat(directory.resolve("copy")).doesNotExist();
    }
}
