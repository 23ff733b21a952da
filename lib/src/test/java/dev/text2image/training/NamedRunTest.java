package dev.text2image.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import dev.text2image.data.CaptionedDataset;
import dev.text2image.hub.Hub;
import dev.text2image.hub.HubSettings;
import dev.text2image.lora.LoraFile;
import dev.text2image.pipelines.PipelineDirectory;
import dev.text2image.testing.ShowsEffectOf;
import dev.text2image.testing.StandInHub;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.planning.RunImages;
import dev.text2image.training.planning.TrainingEstimate;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models and data sets where a directory is taken, by their names on a hub. */
class NamedRunTest {
    private static final Path MODEL = Path.of("ada/engine");
    private static final Path DATA = Path.of("ada/pictures");

    @TempDir
    private Path directory;

    private final StandInHub server = new StandInHub();

    @BeforeEach
    void shareHub() {
        Hub.share(new Hub(HubSettings.of(Map.of(
                "HF_ENDPOINT",
                server.endpoint().toString(),
                "HF_HOME",
                directory.resolve("home").toString()))));
    }

    @AfterEach
    void unshareHub() {
        Hub.share(null);
        server.close();
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void serve() {
        Path model = directory.resolve("model");
        TinyPipeline.write(model);
        server.commit("models/ada/engine", model);
        server.commit(
                "models/ada/engine",
                Map.of("unet/diffusion_pytorch_model.bin", text("pickle"), "v1.ckpt", text("pickle")));
        server.commit("datasets/ada/pictures", Path.of("../notebooks/data/noto-emoji"));
    }

    @Test
    @ShowsEffectOf("revision")
    void aModelAndItsDataAreTrainedByTheirNames() {
        serve();
        String commit = server.commit("models/ada/engine", Map.of());
        server.commit("models/ada/engine", Map.of("unet/config.json", text("not this one")));
        JsonObject config = TinyRun.config(MODEL, directory.resolve("output"))
                .revision(commit)
                .maxTrainSamples(2)
                .maxTrainSteps(1)
                .build()
                .toJson();
        config.remove("train_data_dir");
        config.addProperty("dataset_name", DATA.toString());
        try (Trainer trainer = new Trainer(TrainingConfig.fromJson(config))) {
            trainer.run();
        }
        assertThat(PipelineDirectory.open(directory.resolve("output")).unetConfig())
                .isEqualTo(PipelineDirectory.open(directory.resolve("model")).unetConfig());
        assertThat(server.requests()).noneMatch(request -> request.contains(".bin") || request.contains(".ckpt"));
        assertThatThrownBy(() -> PipelineDirectory.open(MODEL).unetConfig()).hasMessageContaining("is not valid JSON");
    }

    @Test
    void ofTheWeightsOneVariantIsTaken() {
        serve();
        server.commit(
                "models/ada/engine",
                Map.of(
                        "unet/diffusion_pytorch_model.fp16.safetensors",
                        text("u"),
                        "vae/diffusion_pytorch_model.fp16.safetensors",
                        text("v")));
        Path sampled = PipelineDirectory.open(MODEL, null, "fp16", Set.of()).path();
        assertThat(sampled.resolve("unet/diffusion_pytorch_model.fp16.safetensors"))
                .hasContent("u");
        assertThat(sampled.resolve("unet/diffusion_pytorch_model.safetensors")).doesNotExist();
        assertThat(sampled.resolve("text_encoder/model.safetensors")).exists();
        Path trained =
                PipelineDirectory.open(MODEL, null, "fp16", Set.of("unet")).path();
        assertThat(trained.resolve("unet/diffusion_pytorch_model.safetensors")).exists();
        assertThat(trained.resolve("vae/diffusion_pytorch_model.safetensors")).doesNotExist();
    }

    @Test
    void aDirectoryWinsOverAName() throws Exception {
        Path local = Files.createDirectories(directory.resolve("ada/engine"));
        assertThatThrownBy(() -> PipelineDirectory.open(local))
                .hasMessageContaining("is not a complete Stable Diffusion model");
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void whatIsNeitherIsSaidToBeNeither() {
        assertThatThrownBy(() -> PipelineDirectory.open(Path.of("models/typo")))
                .hasMessageStartingWith("There is no directory " + Path.of("models/typo")
                        + ", and as a name on the hub: The hub has no model models/typo, or it is private");
    }

    @Test
    void aModelOfAnotherKindIsRefusedBeforeItIsFetched() {
        server.commit(
                "models/ada/pickle",
                Map.of("model_index.json", text("{}"), "unet/diffusion_pytorch_model.bin", text("x")));
        assertThatThrownBy(() -> PipelineDirectory.open(Path.of("ada/pickle")))
                .hasMessageContaining("Pickle is not read");
        server.commit("models/ada/words", Map.of("config.json", text("{}"), "model.safetensors", text("x")));
        assertThatThrownBy(() -> PipelineDirectory.open(Path.of("ada/words")))
                .hasMessageContaining(
                        "no model_index.json, so it is no model in the layout of diffusers; it holds config.json");
        assertThat(server.requests()).noneMatch(request -> request.contains("/resolve/"));
    }

    @Test
    void ofADataSetTheTrainingSplitIsFetched() {
        byte[] rows = text("rows");
        server.commit(
                "datasets/ada/pictures",
                Map.of(
                        "data/train-00000-of-00001.parquet",
                        rows,
                        "data/test-00000-of-00001.parquet",
                        text("other"),
                        "README.md",
                        rows));
        assertThatThrownBy(() -> CaptionedDataset.open(DATA)).isInstanceOf(Exception.class);
        List<String> fetched = server.requests().stream()
                .filter(request -> request.contains("/resolve/"))
                .toList();
        assertThat(fetched).hasSize(1).allMatch(request -> request.contains("train-00000"));
    }

    @Test
    void aConfigurationIsAskedForAndChosen() {
        server.commit(
                "datasets/ada/pictures", Map.of("small/train.parquet", text("a"), "large/train.parquet", text("b")));
        assertThatThrownBy(() -> CaptionedDataset.open(DATA))
                .hasMessageContaining("several configurations: large, small; choose one with dataset_config_name");
        assertThatThrownBy(() -> CaptionedDataset.open(DATA.resolve("small"))).isInstanceOf(Exception.class);
        assertThat(server.requests())
                .filteredOn(request -> request.contains("/resolve/"))
                .hasSize(1)
                .allMatch(r -> r.contains("small/"));
    }

    @Test
    @ShowsEffectOf("dataset_revision")
    void aDataSetIsReadAtARevision() {
        String commit = server.commit("datasets/ada/pictures", Path.of("../notebooks/data/noto-emoji"));
        server.commit("datasets/ada/pictures", Map.of("data/train-00000-of-00001.parquet", text("not this one")));
        TrainingConfig config = TrainingConfig.builder()
                .datasetName(DATA.toString())
                .datasetRevision(commit)
                .build();
        try (RunImages images = RunImages.training(config, null)) {
            assertThat(images.images().size()).isEqualTo(504);
        }
        assertThatThrownBy(() -> RunImages.training(
                        config.toBuilder().datasetRevision("v9").build(), null))
                .hasMessageContaining("data set ada/pictures (revision v9) has no such revision");
    }

    @Test
    void aMistypedDataSetIsNoticedBeforeTheModelIsFetched() {
        serve();
        TrainingConfig config = TrainingConfig.builder()
                .pretrainedModelNameOrPath(MODEL.toString())
                .outputDir(directory.resolve("output").toString())
                .device("cpu")
                .resolution(16)
                .datasetName("ada/picturs")
                .build();
        String message = "There is no directory " + Path.of("ada/picturs")
                + ", and as a name on the hub: The hub has no data set ada/picturs, or it is private";
        assertThatThrownBy(() -> TrainingEstimate.of(config)).hasMessageStartingWith(message);
        assertThatThrownBy(() -> new Trainer(config)).hasMessageStartingWith(message);
        assertThatThrownBy(() -> new Trainer(config.toBuilder()
                        .datasetName(DATA.toString())
                        .validationDataDir("ada/validaton")
                        .build()))
                .hasMessageContaining("The hub has no data set ada/validaton");
        assertThat(server.requests()).noneMatch(request -> request.contains("/resolve/"));
    }

    @Test
    void aLoraFileIsFoundByTheNameOfItsRepository() {
        byte[] weights = text("weights");
        server.commit(
                "models/ada/adapter",
                Map.of(
                        "optimizer.safetensors",
                        weights,
                        "checkpoint-5/x.safetensors",
                        weights,
                        "style.safetensors",
                        weights));
        assertThatThrownBy(() -> LoraFile.open(Path.of("ada/adapter")))
                .hasMessageContaining("style.safetensors")
                .hasMessageNotContaining("There is no");
        server.commit("models/ada/two", Map.of("a.safetensors", weights, "b.safetensors", weights));
        assertThatThrownBy(() -> LoraFile.open(Path.of("ada/two")))
                .hasMessageContaining(
                        "The repository holds several LoRA files: a.safetensors, b.safetensors; put the name of one behind a slash.");
        assertThatThrownBy(() -> LoraFile.open(Path.of("ada/two/b.safetensors")))
                .hasMessageContaining("b.safetensors is");
        assertThatThrownBy(() -> LoraFile.open(Path.of("ada/two/c.safetensors")))
                .hasMessageContaining(
                        "The repository has no file c.safetensors; it holds a.safetensors, b.safetensors.");
        assertThatThrownBy(() -> LoraFile.open(Path.of("ada/none")))
                .hasMessageContaining("The hub has no model ada/none");
        server.commit("models/ada/usual", Map.of(LoraFile.NAME, weights, "b.safetensors", weights));
        assertThatThrownBy(() -> LoraFile.open(Path.of("ada/usual"))).hasMessageContaining(LoraFile.NAME);
        assertThat(server.requests())
                .filteredOn(request -> request.contains("/resolve/"))
                .hasSize(3);
    }

    @Test
    void theDataSetOfTheGuideIsSaidToBeGone() {
        assertThatThrownBy(() -> CaptionedDataset.open(Path.of("lambdalabs/pokemon-blip-captions")))
                .hasMessageContaining(
                        "This data set was taken down; name another, such as lambdalabs/naruto-blip-captions");
    }
}
