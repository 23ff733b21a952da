package dev.text2image.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import dev.text2image.io.AtomicFiles;
import dev.text2image.testing.StandInHub;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Downloads from a hub that does all that a hub and a network do, and what a person reads then. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class HubDownloadTest {
    private static final RepoId REPO = RepoId.model("ada/engine");
    private static final String KEY = "models/ada/engine";
    private static final String WEIGHTS = "unet/weights.safetensors";
    private static final byte[] LARGE = new byte[300_000];
    private static final byte[] SMALL = "{\"layers\": 2}".getBytes(StandardCharsets.UTF_8);

    static {
        new Random(7).nextBytes(LARGE);
    }

    @TempDir
    private Path directory;

    private final StandInHub server = new StandInHub();
    private String commit = "";
    private Duration timeout = Duration.ofSeconds(20);

    @BeforeEach
    void fill() {
        commit = server.commit(
                KEY,
                Map.of(
                        WEIGHTS,
                        LARGE,
                        "unet/config.json",
                        SMALL,
                        "vae/config.json",
                        SMALL,
                        "README.md",
                        SMALL,
                        "a b.txt",
                        new byte[0]));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private HubSettings settings(@Nullable String token, boolean offline, boolean links) {
        return new HubSettings(
                server.endpoint(),
                directory.resolve("cache"),
                AccessToken.of(token, "the variable HF_TOKEN").orElse(null),
                offline,
                links,
                timeout,
                Duration.ofMillis(2));
    }

    private Hub hub() {
        return new Hub(settings(null, false, true));
    }

    private Path download() {
        return hub().download(REPO, null, FileChoice.ALL);
    }

    private void assertComplete(Path snapshot) throws IOException {
        assertThat(Files.readAllBytes(snapshot.resolve(WEIGHTS))).isEqualTo(LARGE);
        assertThat(Files.readAllBytes(snapshot.resolve("unet/config.json"))).isEqualTo(SMALL);
        assertThat(snapshot.resolve("a b.txt")).isEmptyFile();
        assertThat(unfinished()).isEmpty();
    }

    private List<String> unfinished() throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("cache"))) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.endsWith(".part") || name.startsWith(".tmp"))
                    .toList();
        }
    }

    private long fetches() {
        return server.requests().stream()
                .filter(request -> request.startsWith("GET store"))
                .count();
    }

    private static void send(HttpExchange exchange, int status, long announced, byte[] bytes) throws IOException {
        exchange.sendResponseHeaders(status, announced);
        OutputStream out = exchange.getResponseBody();
        out.write(bytes);
        out.flush();
    }

    @Test
    void theCacheIsLaidOutAsPythonLaysItOut() throws IOException {
        Path snapshot = download();
        assertComplete(snapshot);
        Path folder = directory.resolve("cache/models--ada--engine");
        assertThat(snapshot).isEqualTo(folder.resolve("snapshots").resolve(commit));
        assertThat(folder.resolve("refs/main")).hasContent(commit);
        assertThat(Files.readSymbolicLink(snapshot.resolve(WEIGHTS)))
                .isEqualTo(Path.of("../../../blobs", StandInHub.hash("SHA-256", LARGE)));
        assertThat(folder.resolve("trees").resolve(commit + ".json")).content().contains("lfs_sha256");
    }

    @Test
    void whatIsThereIsNotFetchedAgain() {
        download();
        server.forget();
        download();
        assertThat(server.requests()).hasSize(3).allMatch(request -> request.contains("/api/"));
    }

    @Test
    void aCommitThatIsThereNeedsNoHub() throws IOException {
        download();
        server.forget();
        assertComplete(hub().download(REPO, commit, FileChoice.ALL));
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void onlyWhatIsChosenIsFetched() {
        Path snapshot = hub().download(REPO, null, FileChoice.under("vae"));
        assertThat(snapshot.resolve("vae/config.json")).exists();
        assertThat(snapshot.resolve(WEIGHTS)).doesNotExist();
        assertThat(fetches()).isZero();
    }

    @Test
    void aNewCommitIsFoundAndTheOldOneStays() throws IOException {
        Path old = download();
        server.commit(KEY, Map.of("README.md", "new".getBytes(StandardCharsets.UTF_8)));
        Path now = download();
        assertThat(now).isNotEqualTo(old);
        assertThat(now.resolve("README.md")).hasContent("new");
        assertComplete(old);
        assertThat(fetches()).isEqualTo(1);
    }

    @Test
    void aHubStaysWithTheCommitThatItSawFirst() {
        Hub hub = hub();
        Path first = hub.download(REPO, null, FileChoice.ALL);
        server.commit(KEY, Map.of("README.md", new byte[] {1}));
        assertThat(hub.download(REPO, null, FileChoice.ALL)).isEqualTo(first);
    }

    @Test
    void withoutLinksTheFilesThemselvesAreThere() throws IOException {
        Hub hub = new Hub(settings(null, false, false));
        Path snapshot = hub.download(REPO, null, FileChoice.ALL);
        assertComplete(snapshot);
        assertThat(snapshot.resolve(WEIGHTS)).isRegularFile();
        assertThat(Files.isSymbolicLink(snapshot.resolve(WEIGHTS))).isFalse();
        server.forget();
        hub.download(REPO, null, FileChoice.ALL);
        assertThat(fetches()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 500, 502, 503, 504})
    void passingTroubleIsWaitedFor(int status) throws IOException {
        server.refuse("/lfs/", 2, status);
        server.refuse("/tree/", 1, status);
        assertComplete(download());
    }

    @Test
    void tooManyRequestsAreRepeatedWhenTheHubSays() throws IOException {
        server.refuse("/lfs/", 1, 429, "Retry-After", "1");
        long start = System.nanoTime();
        assertComplete(download());
        assertThat(System.nanoTime() - start).isGreaterThan(900_000_000L);
    }

    @Test
    void aHubThatAsksForAnHourIsNotWaitedFor() {
        server.refuse("/revision/", 9, 429, "Retry-After", "3600");
        assertFailure("The hub has had too many requests from here (429)", "try again later");
    }

    private void assertFailure(String... parts) {
        assertThatThrownBy(this::download)
                .isInstanceOf(HubException.class)
                .message()
                .contains(parts)
                .doesNotContain("Signature");
    }

    @Test
    void aHubThatStaysBrokenIsNamed() {
        server.refuse("/revision/", 99, 500);
        assertFailure("The hub does not do its work for model ada/engine (500)", "not in the cache");
    }

    @Test
    void aRepositoryThatIsMissingIsSaidToBeMissing() {
        assertThatThrownBy(() -> hub().download(RepoId.model("ada/nothing"), null, FileChoice.ALL))
                .hasMessage(
                        "The hub has no model ada/nothing, or it is private; check the name. To see private ones, set"
                                + " HF_TOKEN to a token, or log in with: hf auth login.");
        Hub known = new Hub(settings(StandInHub.TOKEN, false, true));
        assertThatThrownBy(() -> known.download(RepoId.dataset("ada/nothing"), null, FileChoice.ALL))
                .hasMessage(
                        "The hub has no data set ada/nothing, or it is private; check the name. The token from the variable"
                                + " HF_TOKEN gives no access to a private one of that name.");
    }

    @Test
    void aPrivateRepositoryNeedsAToken() throws IOException {
        server.hide(KEY);
        assertFailure("or it is private", "set HF_TOKEN");
        assertComplete(new Hub(settings(StandInHub.READER, false, true)).download(REPO, null, FileChoice.ALL));
    }

    @Test
    void aGatedRepositoryIsAskedForOnItsPage() {
        server.gate(KEY);
        assertFailure("is gated: accept its conditions on its page at " + server.endpoint(), "set HF_TOKEN");
        assertThatThrownBy(() -> new Hub(settings(StandInHub.TOKEN, false, true)).download(REPO, null, FileChoice.ALL))
                .hasMessageContaining("with the account of the token from the variable HF_TOKEN");
    }

    @Test
    void aTokenThatIsNotKnownIsNamedByItsOriginOnly() {
        String secret = "hf_StandInWrong";
        assertThatThrownBy(() -> new Hub(settings(secret, false, true)).download(REPO, null, FileChoice.ALL))
                .hasMessage("The hub does not know the token from the variable HF_TOKEN; make a new one at "
                        + server.endpoint() + "/settings/tokens and set HF_TOKEN to it.");
    }

    @Test
    void whatIsForbiddenIsSaid() {
        server.refuse("/revision/", 1, 403, "X-Error-Message", "Not for this address");
        assertFailure("The hub forbids access to model ada/engine (403: Not for this address); set HF_TOKEN");
    }

    @Test
    void aRevisionOrFileThatIsMissingIsNamed() {
        assertThatThrownBy(() -> hub().download(REPO, "v2", FileChoice.ALL))
                .hasMessage("model ada/engine (revision v2) has no such revision; check the branch, tag or commit.");
        server.refuse("/resolve/", 1, 404, "X-Error-Code", "EntryNotFound");
        assertFailure("is not there any more");
    }

    @Test
    void aRenamedRepositoryIsFollowed() throws IOException {
        server.rename(KEY, "ada/machine");
        assertComplete(download());
    }

    @Test
    void aDropInTheMiddleIsGoneOnFrom() throws IOException {
        server.spoil("/lfs/", 1, (exchange, content) -> {
            send(exchange, 200, content.length, Arrays.copyOf(content, 100_000));
            return true; // closing now breaks the connection
        });
        assertComplete(download());
        assertThat(server.requests()).anyMatch(request -> request.contains("/lfs/") && request.contains("bytes="));
    }

    @Test
    void aBodyThatEndsTooSoonIsGoneOnFrom() throws IOException {
        server.spoil("/lfs/", 1, (exchange, content) -> {
            send(exchange, 200, 0, Arrays.copyOf(content, 50_000));
            exchange.getResponseBody().close();
            return true;
        });
        assertComplete(download());
    }

    @Test
    void aServerWithoutRangesStartsAgain() throws IOException {
        server.spoil("/lfs/", 1, (exchange, content) -> {
            send(exchange, 200, content.length, Arrays.copyOf(content, 100_000));
            return true;
        });
        server.spoil("/lfs/", 1, (exchange, content) -> {
            send(exchange, 200, content.length, content);
            return true;
        });
        assertComplete(download());
    }

    @Test
    void anotherVersionInTheMiddleStartsAgain() throws IOException {
        server.spoil("/lfs/", 1, (exchange, content) -> {
            exchange.getResponseHeaders().set("ETag", "\"old\"");
            byte[] old = Arrays.copyOf(content, 100_000);
            old[5]++;
            send(exchange, 200, content.length, old);
            return true;
        });
        assertComplete(download());
    }

    @Test
    void aRangeThatIsRefusedStartsAgain() throws IOException {
        server.spoil("/lfs/", 1, (exchange, content) -> {
            send(exchange, 200, content.length, Arrays.copyOf(content, 100_000));
            return true;
        });
        server.spoil("/lfs/", 1, (exchange, content) -> {
            exchange.sendResponseHeaders(416, -1);
            return true;
        });
        assertComplete(download());
    }

    @Test
    void aWrongPlaceInTheFileStartsAgain() throws IOException {
        server.spoil("/lfs/", 1, (exchange, content) -> {
            send(exchange, 200, content.length, Arrays.copyOf(content, 100_000));
            return true;
        });
        server.spoil("/lfs/", 1, (exchange, content) -> {
            exchange.getResponseHeaders().add("Content-Range", "bytes 0-299999/300000");
            send(exchange, 206, content.length, content);
            return true;
        });
        assertComplete(download());
    }

    @Test
    void silenceIsNotWaitedForForEver() throws IOException {
        download(); // so that what follows is not slow for its first time
        AtomicFiles.deleteRecursively(directory.resolve("cache"));
        timeout = Duration.ofSeconds(1);
        server.spoil("/lfs/", 1, (exchange, content) -> {
            send(exchange, 200, content.length, Arrays.copyOf(content, 1000));
            sleep(4000);
            return true;
        });
        assertComplete(download());
    }

    @Test
    void whatIsSlowIsWaitedFor() throws IOException {
        server.spoil("/lfs/", 1, (exchange, content) -> {
            exchange.sendResponseHeaders(200, content.length);
            for (int i = 0; i < 10; i++) {
                sleep(60);
                exchange.getResponseBody().write(content, i * 30_000, 30_000);
                exchange.getResponseBody().flush();
            }
            return true;
        });
        assertComplete(download());
        assertThat(fetches()).isEqualTo(1);
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void wrongContentIsThrownAway() throws IOException {
        server.spoil("/lfs/", 1, (exchange, content) -> {
            byte[] wrong = content.clone();
            wrong[123]++;
            send(exchange, 200, wrong.length, wrong);
            return true;
        });
        assertFailure(WEIGHTS + " came with another content than the hub lists (its SHA-256 differs)", "try again");
        assertComplete(download());
    }

    @Test
    void wrongContentInGitIsThrownAway() throws IOException {
        server.spoil("README.md", 1, (exchange, content) -> {
            send(exchange, 200, content.length, "x".repeat(content.length).getBytes(StandardCharsets.UTF_8));
            return true;
        });
        assertFailure("README.md came with another content than the hub lists (its git hash differs)");
        assertComplete(download());
    }

    @Test
    void aFileThatIsTooLongIsRefused() throws IOException {
        server.spoil("/lfs/", 1, (exchange, content) -> {
            send(exchange, 200, content.length + 5L, content);
            return true;
        });
        assertFailure(WEIGHTS + " comes with 300005 bytes or more, but the hub lists it with 300000");
        server.spoil("/lfs/", 1, (exchange, content) -> {
            send(exchange, 200, 0, Arrays.copyOf(content, content.length + 5));
            return true;
        });
        assertFailure("bytes or more, but the hub lists it with 300000");
        assertComplete(download());
    }

    @Test
    void aServerThatNeverFinishesIsGivenUp() {
        server.spoil("/lfs/", 99, (exchange, content) -> {
            exchange.sendResponseHeaders(200, content.length);
            return true;
        });
        assertFailure("cannot be reached", "Check the network");
    }

    @Test
    void redirectsThatDoNotEndAreRefused() {
        for (int i = 0; i < 9; i++) {
            server.refuse("/revision/", 1, 302, "Location", "/api/models/ada/engine/revision/main");
        }
        assertFailure("sends the request for model ada/engine from one address to the next");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../../../etc/passwd",
                "folder/../../../etc/passwd",
                "..\\..\\Windows\\evil",
                "C:\\evil",
                "D:foo",
                "/etc/passwd",
                "a//b",
                "a/./b",
                "a/b\u0000c",
                "con",
                "sub/nul.txt",
                "",
                "a/",
                "x/..",
                "~\\x",
                "file ",
                "a\nb"
            })
    void noNameLeadsOutOfTheCache(String name) throws IOException {
        server.commit("models/ada/evil", Map.of(name, SMALL));
        assertThatThrownBy(() -> hub().download(RepoId.model("ada/evil"), null, FileChoice.ALL))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("which could lie outside the cache");
        assertThat(server.requests()).noneMatch(request -> request.contains("/resolve/"));
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"../main", "a..b", "/main", "main/", "a//b", "a\\b", "main ", "", ".hidden", "a:b", "a/.b"})
    void noRevisionLeadsOutOfTheCache(String revision) {
        assertThatThrownBy(() -> hub().download(REPO, revision, FileChoice.ALL)).hasMessageContaining("is no revision");
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void offlineWhatIsThereIsUsedAndTheRestIsNamed() throws IOException {
        Hub offline = new Hub(settings(null, true, true));
        assertThatThrownBy(() -> offline.download(REPO, null, FileChoice.ALL))
                .hasMessage("model ada/engine is not, or not as a whole, in the cache " + directory.resolve("cache")
                        + ", and HF_HUB_OFFLINE is set; unset it to download what is missing.");
        hub().download(REPO, null, FileChoice.under("vae"));
        server.forget();
        assertThat(offline.download(REPO, null, FileChoice.under("vae"))).isDirectory();
        assertThatThrownBy(() -> offline.download(REPO, null, FileChoice.ALL)).hasMessageContaining("not as a whole");
        download();
        server.forget();
        assertComplete(offline.download(REPO, null, FileChoice.ALL));
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void withoutANetworkWhatIsThereIsUsed() throws IOException {
        download();
        server.close();
        assertComplete(download());
    }

    @Test
    void withoutANetworkAndCacheItIsSaid() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            free.close();
            HubSettings nobody = new HubSettings(
                    URI.create("http://127.0.0.1:" + free.getLocalPort()),
                    directory,
                    null,
                    false,
                    true,
                    Duration.ofMillis(300),
                    Duration.ofMillis(1));
            assertThatThrownBy(() -> new Hub(nobody).download(REPO, null, FileChoice.ALL))
                    .hasMessageContainingAll(
                            "http://127.0.0.1:" + free.getLocalPort() + " cannot be reached (ConnectException",
                            "Check the network, the proxy and HF_ENDPOINT. ada/engine is not in the cache");
        }
    }

    @Test
    void whatCanBeOpenedHereAndNowIsWithinReach() {
        Path name = Path.of(REPO.name());
        Hub offline = new Hub(settings(null, true, true));
        assertThat(hub().isWithinReach(RepoType.MODEL, directory)).isTrue();
        assertThat(hub().isWithinReach(RepoType.MODEL, directory.resolve("none")))
                .isFalse();
        assertThat(hub().isWithinReach(RepoType.MODEL, name)).isTrue();
        assertThat(offline.isWithinReach(RepoType.MODEL, name)).isFalse();
        assertThatThrownBy(() -> hub().isWithinReach(RepoType.MODEL, Path.of("ada/engin")))
                .hasMessageContaining("The hub has no model ada/engin");
        assertThat(server.requests()).noneMatch(request -> request.contains("/resolve/"));
        download();
        server.close();
        assertThat(List.of(hub(), offline)).allMatch(hub -> hub.isWithinReach(RepoType.MODEL, name));
        assertThat(hub().isWithinReach(RepoType.DATASET, name)).isFalse();
    }

    @Test
    void theDiskIsLookedAtFirst() {
        RepoFile huge = new RepoFile("huge.bin", 1L << 60, "0".repeat(40), null);
        assertThatThrownBy(() -> hub().download(REPO, null, files -> List.of(huge)))
                .hasMessageContainingAll(
                        "ada/engine takes 1073741824.0 GiB, but the disk of", "Set HF_HOME", "./run cache");
        assertThat(server.requests()).noneMatch(request -> request.contains("/resolve/"));
    }

    @Test
    void theTokenIsSentToTheHubAlone() {
        new Hub(settings(StandInHub.TOKEN, false, true)).download(REPO, null, FileChoice.ALL);
        assertThat(server.requests())
                .filteredOn(request -> request.contains(" api "))
                .allMatch(request -> request.endsWith(StandInHub.TOKEN));
        assertThat(server.requests())
                .filteredOn(request -> request.contains(" store "))
                .isNotEmpty()
                .allMatch(request -> request.endsWith(" -"));
    }

    @Test
    void theTokenIsInNoText() {
        HubSettings settings = settings(StandInHub.TOKEN, false, true);
        assertThat(settings.toString() + settings.token() + new Hub(settings)).doesNotContain(StandInHub.TOKEN);
    }

    @Test
    void repositoriesAreListedAndFreed() throws IOException {
        server.commit("datasets/ada/engine", Map.of("data.txt", SMALL));
        Hub hub = hub();
        download();
        hub.download(RepoId.dataset("ada/engine"), null, FileChoice.ALL);
        assertThat(hub.cached())
                .extracting(entry -> entry.repo().type() + " " + entry.repo().name())
                .containsExactly("DATASET ada/engine", "MODEL ada/engine");
        assertThat(hub.cached().get(1).bytes()).isBetween(300_000L, 302_000L);
        assertThat(hub.free("ada/engine")).hasSize(2);
        assertThat(hub.cached()).isEmpty();
        assertThatThrownBy(() -> hub.free("ada/engine")).hasMessageContaining("holds no ada/engine");
        assertComplete(download());
    }
}
