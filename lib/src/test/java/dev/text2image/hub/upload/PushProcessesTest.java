package dev.text2image.hub.upload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.text2image.testing.HubProcess;
import dev.text2image.testing.StandInHub;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that are killed while they push. */
class PushProcessesTest {
    private static final int KILLS = 20;
    private static final String KEY = "models/ada/engine";
    private static final String TOKEN = StandInHub.TOKEN;

    @TempDir
    private Path directory;

    private final StandInHub server = new StandInHub();
    private final Map<String, byte[]> files = new TreeMap<>();

    @BeforeEach
    void write() throws IOException {
        for (int i = 0; i < 8; i++) {
            byte[] weights = new byte[400_000];
            new Random(i).nextBytes(weights);
            files.put("part-" + i + ".safetensors", weights);
        }
        files.put("model_index.json", "{}".getBytes(StandardCharsets.UTF_8));
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Files.write(Files.createDirectories(directory.resolve("model")).resolve(file.getKey()), file.getValue());
        }
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Process start() throws IOException {
        return HubProcess.start(
                server,
                directory,
                Map.of("HF_TOKEN", TOKEN),
                PushAll.class,
                directory.resolve("model").toString(),
                "engine");
    }

    /** Answers late, so that a kill comes before the next request. */
    private void dawdle() {
        for (String part : new String[] {"/create", "/preupload", "/batch", "/upload", "/verify", "/commit"}) {
            server.answer(part, Integer.MAX_VALUE, (exchange, content) -> {
                HubProcess.sleep(15);
                return false;
            });
        }
    }

    /** The branch has all of the model or nothing of it. */
    private void assertNothingIsHalf() {
        Map<String, byte[]> there = new TreeMap<>(server.files(KEY));
        there.remove(".gitattributes");
        if (!there.isEmpty()) {
            assertThat(there)
                    .containsOnlyKeys(files.keySet())
                    .allSatisfy((name, content) -> assertThat(content).isEqualTo(files.get(name)));
        }
    }

    @Test
    void whatAKillLeavesIsGoneOnFrom() throws Exception {
        dawdle();
        for (int i = 0; i < KILLS; i++) {
            server.forget();
            Process process = start();
            while (server.requests().size() <= i && process.isAlive()) {
                HubProcess.sleep(1);
            }
            process.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
            assertNothingIsHalf();
        }
        Process last = start();
        assertThat(last.waitFor())
                .as(Files.readString(directory.resolve("output.txt")))
                .isZero();
        assertNothingIsHalf();
        assertThat(server.files(KEY)).hasSize(files.size() + 1);
        assertThat(server.commits(KEY)).isEqualTo(2);
        server.forget();
        assertThat(start().waitFor()).isZero();
        assertThat(server.requests()).noneMatch(request -> request.contains("PUT"));
        assertThat(directory.resolve("output.txt"))
                .content()
                .contains("nothing new")
                .doesNotContain(TOKEN);
    }
}
