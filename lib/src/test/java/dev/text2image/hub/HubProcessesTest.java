package dev.text2image.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.text2image.testing.HubProcess;
import dev.text2image.testing.StandInHub;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several processes that fill one cache, and processes that are killed while they do. */
class HubProcessesTest {
    private static final int KILLS = 20;
    private static final byte[] LARGE = new byte[4_000_000];
    private static final byte[] SMALL = "{}".getBytes(StandardCharsets.UTF_8);

    static {
        new Random(3).nextBytes(LARGE);
    }

    @TempDir
    private Path directory;

    private final StandInHub server = new StandInHub();

    @BeforeEach
    void fill() {
        server.commit("models/ada/engine", Map.of("unet/weights.safetensors", LARGE, "config.json", SMALL));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Process start() throws IOException {
        return HubProcess.start(server, directory, Map.of(), DownloadAll.class, "ada/engine");
    }

    private void sendSlowly(int times, int piece, int pauseMillis) {
        server.spoil("/lfs/", times, (exchange, content) -> {
            String range = exchange.getRequestHeaders().getFirst("Range");
            int from = range == null ? 0 : Integer.parseInt(range.replaceFirst("bytes=(\\d+)-.*", "$1"));
            if (range != null) {
                exchange.getResponseHeaders()
                        .add("Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
            }
            exchange.sendResponseHeaders(range == null ? 200 : 206, content.length - from);
            for (int at = from; at < content.length; at += piece) {
                exchange.getResponseBody().write(content, at, Math.min(piece, content.length - at));
                exchange.getResponseBody().flush();
                HubProcess.sleep(pauseMillis);
            }
            return true;
        });
    }

    private long fetches() {
        return server.requests().stream()
                .filter(request -> request.startsWith("GET store"))
                .count();
    }

    private List<Path> cached(String folder) throws IOException {
        Path place = directory.resolve("hub/models--ada--engine").resolve(folder);
        if (!Files.isDirectory(place)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(place)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    /** Everything under its final name is whole, at any time. */
    private void assertNothingIsWrong() throws IOException {
        for (Path file : cached("snapshots")) {
            boolean large = file.toString().endsWith("safetensors");
            assertThat(Files.readAllBytes(file)).isEqualTo(large ? LARGE : SMALL);
        }
    }

    @Test
    void twoProcessesFetchAContentOnce() throws Exception {
        sendSlowly(2, 500_000, 100);
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            processes.add(start());
        }
        for (Process process : processes) {
            assertThat(process.waitFor()).isZero();
        }
        assertNothingIsWrong();
        assertThat(cached("snapshots")).hasSize(2);
        assertThat(fetches()).isEqualTo(1);
    }

    @Test
    void whatAKillLeavesIsGoneOnFrom() throws Exception {
        sendSlowly(KILLS, 50_000, 15);
        for (int i = 0; i < KILLS; i++) {
            long before = fetches();
            Process process = start();
            while (fetches() == before && process.isAlive()) {
                HubProcess.sleep(2);
            }
            HubProcess.sleep(7L * i);
            process.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
            assertNothingIsWrong();
        }
        Process last = start();
        assertThat(last.waitFor()).isZero();
        assertNothingIsWrong();
        assertThat(cached("snapshots")).hasSize(2);
        assertThat(cached("blobs")).hasSize(2);
        assertThat(server.requests()).anyMatch(request -> request.contains("bytes="));
    }
}
