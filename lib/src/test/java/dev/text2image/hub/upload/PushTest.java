package dev.text2image.hub.upload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.text2image.hub.AccessToken;
import dev.text2image.hub.FileChoice;
import dev.text2image.hub.Hub;
import dev.text2image.hub.HubException;
import dev.text2image.hub.HubSettings;
import dev.text2image.testing.StandInHub;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pushes to a hub that does all that a hub and a network do, and what a person reads then. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PushTest {
    private static final String KEY = "models/ada/engine";
    private static final String UNET = "unet/weights.safetensors";
    private static final String VAE = "vae/weights.safetensors";

    @TempDir
    private Path directory;

    private final StandInHub server = new StandInHub();
    private final Map<String, byte[]> files = Map.of(
            UNET,
            random(1, 300_000),
            VAE,
            random(2, 70_000),
            "copy/weights.safetensors",
            random(2, 70_000),
            "model_index.json",
            text("{}"),
            "a b/\u00fc.txt",
            text("words"),
            "empty.safetensors",
            new byte[0],
            ".gitignore",
            text("nothing"));
    private Duration timeout = Duration.ofSeconds(20);

    private static byte[] random(long seed, int size) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @BeforeEach
    void write() throws IOException {
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            write(file.getKey(), file.getValue());
        }
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private void write(String name, byte[] content) throws IOException {
        Path place = directory.resolve("model").resolve(name);
        Files.createDirectories(place.resolveSibling("."));
        Files.write(place, content);
    }

    private Hub hub(@Nullable String token) {
        return new Hub(new HubSettings(
                server.endpoint(),
                directory.resolve("cache"),
                AccessToken.of(token, "the variable HF_TOKEN").orElse(null),
                false,
                true,
                timeout,
                Duration.ofMillis(2)));
    }

    private PushTarget target() {
        return PushTarget.check(hub(StandInHub.TOKEN), "ada/engine", null, false);
    }

    private Pushed push() {
        return target().push(directory.resolve("model"), "Upload the engine");
    }

    private Map<String, byte[]> pushed() {
        return server.files(KEY).entrySet().stream()
                .filter(file -> !file.getKey().equals(".gitattributes"))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private List<String> requests(String part) {
        return server.requests().stream()
                .filter(request -> request.contains(part))
                .toList();
    }

    private void assertWhole() {
        assertThat(pushed())
                .containsOnlyKeys(files.keySet())
                .allSatisfy((name, content) -> assertThat(content).isEqualTo(files.get(name)));
    }

    @Test
    void aDirectoryBecomesOneCommit() {
        Pushed done = push();
        assertWhole();
        assertThat(server.commits(KEY)).isEqualTo(2); // that of the new repository, and this one
        assertThat(done.repo().name()).isEqualTo("ada/engine");
        assertThat(done.files()).isEqualTo(7);
        assertThat(done)
                .hasToString(server.endpoint() + "/ada/engine (7 files, 0.4 MiB, commit "
                        + done.commit().substring(0, 8) + ")");
        assertThat(requests("PUT store")).as("equal contents are sent once").hasSize(2);
        Path back = hub(null).download(done.repo(), null, FileChoice.ALL);
        assertThat(back.resolve(UNET)).hasBinaryContent(files.get(UNET));
    }

    @Test
    void whatTheHubHasIsNotSentAgain() throws IOException {
        String first = push().commit();
        server.forget();
        Pushed again = push();
        assertThat(again.files()).isZero();
        assertThat(again.commit()).isEqualTo(first);
        assertThat(again.toString()).contains("(nothing new, commit ");
        assertThat(server.requests()).noneMatch(request -> request.contains("PUT") || request.contains("/commit/"));
        write("model_index.json", text("{\"changed\": 1}"));
        assertThat(push().files()).isEqualTo(1);
        assertThat(requests("PUT")).isEmpty();
        assertThat(server.files(KEY).get("model_index.json")).asString().contains("changed");
    }

    @Test
    void whatOnlyThisMachineNeedsIsLeftOut() throws IOException {
        for (String name : List.of(
                "checkpoint-100/unet/weights.safetensors",
                "cache/latents-0123456789abcdef/0.safetensors",
                "validation/step-10/00-heart.png",
                "optimizer.safetensors",
                "journal.jsonl",
                ".git/config",
                ".env",
                ".tmp-unet-1.2-0123abcd/half",
                "__pycache__/x.pyc")) {
            write(name, text("private"));
        }
        push();
        assertWhole();
    }

    @Test
    void largeFilesGoInParts() {
        server.partSize(90_000);
        push();
        assertWhole();
        assertThat(requests("/part/")).hasSize(4); // 300,000 bytes; the other one fits into one
        assertThat(requests("/complete/")).hasSize(1);
    }

    @Test
    void aPartThatBreaksIsSentAgainAlone() {
        server.partSize(90_000);
        server.refuse("/part/", 1, 500);
        server.answer("/part/", 1, (exchange, content) -> true); // closed without an answer
        push();
        assertWhole();
        assertThat(requests("/part/")).hasSize(4 + 2);
    }

    @Test
    void aBranchIsMadeAndTheMainOneLeftAlone() {
        PushTarget.check(hub(StandInHub.TOKEN), "engine", "trial/2", false).push(directory.resolve("model"), "Upload");
        assertThat(server.files(KEY)).containsOnlyKeys(".gitattributes");
        assertThat(server.files(KEY, "trial/2")).containsKeys(UNET, "model_index.json");
        PushTarget.check(hub(StandInHub.TOKEN), "engine", "trial/2", false).push(directory.resolve("model"), "Upload");
        assertThat(server.commits(KEY)).isEqualTo(2);
    }

    @Test
    void aNewRepositoryIsPrivateIfAskedFor() {
        PushTarget target = PushTarget.check(hub(StandInHub.TOKEN), "engines/secret", null, true);
        assertThat(server.requests()).noneMatch(request -> request.startsWith("POST"));
        target.create();
        assertThat(server.isPrivate("models/engines/secret")).isTrue();
        assertThat(PushTarget.check(hub(StandInHub.TOKEN), "engines/secret", null, true)
                        .repo())
                .hasToString("engines/secret");
        server.commit(KEY, Map.of());
        assertThatThrownBy(() -> PushTarget.check(hub(StandInHub.TOKEN), "engine", null, true))
                .hasMessage(
                        "ada/engine exists and is public; make it private in its settings on the hub, or give another name.");
    }

    @Test
    void aPushThatBrokeGoesOn() {
        server.refuse("/upload/" + StandInHub.hash("SHA-256", random(2, 70_000)), 5, 500);
        assertThatThrownBy(this::push)
                .isInstanceOf(HubException.class)
                .hasMessageContainingAll("weights.safetensors (500)", "try again later");
        assertThat(server.files(KEY)).containsOnlyKeys(".gitattributes");
        long before = requests("PUT").stream()
                .filter(request -> request.contains(StandInHub.hash("SHA-256", random(1, 300_000))))
                .count();
        push();
        assertWhole();
        assertThat(requests(StandInHub.hash("SHA-256", random(1, 300_000)))).hasSizeBetween(1, (int) before + 1);
        assertThat(server.commits(KEY)).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({
        "/whoami-v2, 503",
        "/repos/create, 500",
        "/preupload/, 429",
        "/objects/batch, 502",
        "/upload/, 500",
        "/verify, 504",
        "/commit/, 503",
        "/commit/, 429"
    })
    void whatPassesIsTriedAgain(String part, int status) {
        server.refuse(part, 2, status, "Retry-After", "0");
        push();
        assertWhole();
        assertThat(server.commits(KEY)).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/preupload/", "/objects/batch", "/upload/", "/verify", "/commit/"})
    void aConnectionThatBreaksIsMadeAgain(String part) {
        server.answer(part, 2, (exchange, content) -> true); // closed without an answer
        push();
        assertWhole();
    }

    @Test
    void aCommitWhoseAnswerIsLostIsNotMadeTwice() {
        server.answer("/commit/", 1, (exchange, content) -> {
            exchange.getRequestBody().readAllBytes();
            server.commit(KEY, files);
            return true;
        });
        assertThat(push().files()).isEqualTo(7);
        assertThat(server.commits(KEY)).isEqualTo(2);
        assertWhole();
    }

    @Test
    void aStoreThatTakesNothingIsGivenUp() {
        timeout = Duration.ofMillis(20);
        server.answer("/objects/batch", 99, (exchange, content) -> {
            sleep(3_000);
            return true;
        });
        assertThatThrownBy(this::push).hasMessageContainingAll("cannot be reached", "nothing was taken for 600 ms");
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void theTokenIsCheckedFirst() {
        String make = "make one that may write at " + server.endpoint() + "/settings/tokens";
        assertFault(null, "engine", "Publishing needs a token; " + make + " and set HF_TOKEN to it, or log in");
        assertFault(StandInHub.READER, "engine", "The token from the variable HF_TOKEN may only read; " + make + ".");
        assertFault("hf_StandInUnknown", "engine", "The hub does not know the token from the variable HF_TOKEN");
        assertFault(
                StandInHub.TOKEN,
                "grace/engine",
                "The token is not of grace, whose name grace/engine begins with; take the account ada, or an organization:"
                        + " engines.");
        assertThat(server.requests()).noneMatch(request -> request.startsWith("POST"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a/b/c", "my model", "x--y", "../x", ""})
    void aNameIsCheckedFirst(String name) {
        assertFault(StandInHub.TOKEN, name, "is no name of a model on the hub");
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void theRightToWriteIsCheckedFirst() {
        server.commit(KEY, Map.of());
        server.refuse("/auth-check/write", 1, 403, "X-Error-Message", "You need write access");
        assertFault(
                StandInHub.TOKEN, "engine", "The hub forbids access to model ada/engine (403: You need write access)");
    }

    private void assertFault(@Nullable String token, String name, String message) {
        assertThatThrownBy(() -> PushTarget.check(hub(token), name, null, false))
                .isInstanceOf(HubException.class)
                .hasMessageContaining(message)
                .hasMessageNotContaining("hf_");
    }

    @Test
    void whatTheHubRefusesIsSaid() throws IOException {
        server.refuse("/commit/", 1, 413, "X-Error-Message", "Too large");
        assertThatThrownBy(this::push).hasMessage("The hub refuses the request for model ada/engine (413: Too large).");
        write("README.md", text("---\nlicense: no such licence\n---\n"));
        server.forget();
        assertThatThrownBy(this::push)
                .hasMessageContainingAll(
                        "The hub refuses the request for the metadata of", "README.md (400", "must be one of");
        assertThat(server.requests()).noneMatch(request -> request.contains("preupload"));
        assertThatThrownBy(() -> target().push(directory.resolve("nowhere"), "x"))
                .hasMessageContaining("There is nothing to push in");
    }

    @Test
    void anAnswerThatIsNoneIsRefused() {
        server.answer("/preupload/", 1, (exchange, content) -> {
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write(text("{}"));
            return true;
        });
        assertThatThrownBy(this::push).hasMessageContaining("it does not say how .gitignore is sent");
    }

    @Test
    void theTokenIsSentToTheHubAlone() {
        server.partSize(100_000);
        push();
        assertThat(requests(" store ")).hasSizeGreaterThan(3).allMatch(request -> request.endsWith(" -"));
        assertThat(requests(" api ")).allMatch(request -> request.endsWith(StandInHub.TOKEN));
    }
}
