package dev.text2image.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.text2image.hub.Hub;
import dev.text2image.hub.HubSettings;
import dev.text2image.io.AtomicFiles;
import dev.text2image.lora.LoraFile;
import dev.text2image.pipelines.PipelineDirectory;
import dev.text2image.testing.StandInHub;
import dev.text2image.testing.TinyPipeline;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line with names on a hub: what is fetched, trained and put there, and where a token is not. */
class HubCommandsTest {
    private static final String MODEL = "ada/engine";
    private static final String DATA = "ada/pictures";

    @TempDir
    private Path directory;

    private final StandInHub server = new StandInHub();
    private String printed = "";
    private Path output = Path.of("");

    @BeforeEach
    void serve() {
        output = directory.resolve("tiny-engine");
        Hub.share(new Hub(HubSettings.of(Map.of(
                "HF_ENDPOINT",
                server.endpoint().toString(),
                "HF_HOME",
                directory.resolve("home").toString()))));
        Path model = directory.resolve("model");
        TinyPipeline.write(model);
        server.commit("models/" + MODEL, model);
        AtomicFiles.deleteRecursively(model);
        server.commit("datasets/" + DATA, Path.of("../notebooks/data/noto-emoji"));
    }

    @AfterEach
    void stop() {
        Hub.share(null);
        server.close();
    }

    /** Runs a command, and keeps what it prints on both streams. */
    private int run(String... words) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream both = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        try {
            System.setOut(both);
            System.setErr(both);
            return Main.run(System.err, words);
        } finally {
            System.setOut(out);
            System.setErr(err);
            printed += bytes.toString(StandardCharsets.UTF_8);
        }
    }

    private int train(String command, String... more) {
        List<String> words = new ArrayList<>(
                List.of((command + " --pretrained_model_name_or_path " + MODEL + " --dataset_name " + DATA
                                + " --resolution 16 --device cpu --max_train_samples 4 --train_batch_size 2"
                                + " --max_train_steps 2 --checkpointing_steps 1 --cache_latents disk --center_crop"
                                + " --validation_prompts heart --validation_steps 2 --seed 1 --output_dir " + output)
                        .split(" ")));
        words.addAll(List.of(more));
        return run(words.toArray(String[]::new));
    }

    /** Searches everything that was printed and written, contents and names. */
    private void assertNoTokenAnywhere() throws IOException {
        assertThat(printed).doesNotContain(StandInHub.TOKEN);
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String content = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                assertThat(content.contains(StandInHub.TOKEN) || file.toString().contains(StandInHub.TOKEN))
                        .as("%s holds the token", file)
                        .isFalse();
            }
        }
        for (byte[] content : server.files("models/ada/tiny-engine").values()) {
            assertThat(new String(content, StandardCharsets.ISO_8859_1)).doesNotContain(StandInHub.TOKEN);
        }
    }

    @Test
    void aModelIsTrainedFromNamesAndPutOnTheHub() throws IOException {
        int code = train("train", "--push_to_hub", "--hub_private_repo", "--hub_token", StandInHub.TOKEN);
        assertThat(code).as(printed).isZero();
        assertThat(printed).contains("Pushed: " + server.endpoint() + "/ada/tiny-engine (");
        assertThat(server.isPrivate("models/ada/tiny-engine")).isTrue();
        assertThat(server.files("models/ada/tiny-engine"))
                .containsKeys("model_index.json", "unet/diffusion_pytorch_model.safetensors", "README.md")
                .allSatisfy((name, content) -> assertThat(name).doesNotContain("checkpoint-", "cache", "journal"));
        assertNoTokenAnywhere();

        AtomicFiles.deleteRecursively(output);
        Hub.share(new Hub(HubSettings.of(Map.of(
                "HF_ENDPOINT",
                server.endpoint().toString(),
                "HF_TOKEN",
                StandInHub.TOKEN,
                "HF_HOME",
                directory.resolve("elsewhere").toString()))));
        assertThat(run(("sample --pretrained_model_name_or_path ada/tiny-engine --prompt heart --num_inference_steps 1"
                                + " --device cpu --output_dir " + directory.resolve("samples"))
                        .split(" ")))
                .as(printed)
                .isZero();
    }

    @Test
    void adaptersAreTrainedFromNamesAndPutOnTheHub() throws IOException {
        int code =
                train("train-lora", "--push_to_hub", "--hub_model_id=ada/adapter", "--hub_token=" + StandInHub.TOKEN);
        assertThat(code).as(printed).isZero();
        assertThat(server.files("models/ada/adapter")).containsKeys(LoraFile.NAME, "README.md");
        assertThat(server.files("models/ada/adapter")).doesNotContainKey("model_index.json");
        assertNoTokenAnywhere();
    }

    @Test
    void whatKeepsFromPublishingIsSaidBeforeAnythingIsFetched() {
        assertThat(train("train", "--push_to_hub")).isEqualTo(1);
        assertThat(printed).contains("Publishing needs a token; make one that may write");
        assertThat(train("train", "--push_to_hub", "--hub_token", StandInHub.READER))
                .isEqualTo(1);
        assertThat(printed).contains("The token from --hub_token may only read");
        assertThat(train("train", "--push_to_hub", "--hub_model_id", "x--y", "--hub_token", StandInHub.TOKEN))
                .isEqualTo(1);
        assertThat(printed).contains("'x--y' is no name of a model on the hub");
        assertThat(server.requests()).noneMatch(request -> request.contains("/resolve/") || request.contains("create"));
        assertThat(output).doesNotExist();
    }

    @Test
    void aDryRunChecksAndMakesNoRepository() {
        int code = train("train", "--dry_run", "--push_to_hub", "--hub_token", StandInHub.TOKEN);
        assertThat(code).as(printed).isZero();
        assertThat(server.requests()).anyMatch(request -> request.contains("whoami"));
        assertThat(server.commits("models/ada/tiny-engine")).isZero();
    }

    @Test
    void aDirectoryIsPushedDownloadedListedAndFreed() {
        PipelineDirectory made = TinyPipeline.write(directory.resolve("mine"));
        String[] push = {"push", made.path().toString(), "engines/mine", "--token", StandInHub.TOKEN};
        assertThat(run(push)).as(printed).isZero();
        assertThat(printed).contains("Pushed: " + server.endpoint() + "/engines/mine (");
        assertThat(run(push)).isZero();
        assertThat(printed).contains("(nothing new, commit ");
        assertThat(run("download", "engines/mine")).as(printed).isZero();
        assertThat(printed).contains("Model: ", "models--engines--mine");
        assertThat(run("download", DATA, "--repo_type", "dataset")).as(printed).isZero();
        assertThat(printed).contains("Data set: ");
        assertThat(run("cache")).isZero();
        assertThat(printed).contains("model    engines/mine", "dataset  ada/pictures");
        assertThat(run("cache", "--free", "engines/mine")).isZero();
        assertThat(printed).contains("Deleted from ");
        assertThat(directory.resolve("home/hub/models--engines--mine")).doesNotExist();
        assertThat(run("cache", "--free", "engines/mine")).isEqualTo(1);
        assertThat(printed).contains("holds no engines/mine; ./run cache lists what it holds.");
        assertThat(run("download", "engines/nothing")).isEqualTo(1);
        assertThat(printed).contains("The hub has no model engines/nothing, or it is private");
        assertThat(printed).doesNotContain(StandInHub.TOKEN);
    }
}
