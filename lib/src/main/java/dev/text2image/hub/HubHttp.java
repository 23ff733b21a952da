package dev.text2image.hub;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.text2image.hub.HubException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** Requests to the hub: with the token for the hub's own host and no other, redirected by hand for that, and tried again. */
final class HubHttp {
    private static final int TRIES = 5;
    private static final int MAX_REDIRECTS = 5;
    private static final int MAX_TEXT = 50 << 20;
    private static final long MAX_WAIT_SECONDS = 300;
    private static final Set<Integer> PASSING = Set.of(408, 429, 500, 502, 503, 504);

    private final HubSettings settings;
    private final HttpClient client;

    /** A request; its body is made anew for each try. */
    record Call(
            String method,
            URI uri,
            Map<String, String> headers,
            @Nullable Body body,
            String subject) {}

    /** Makes the body of a request. */
    @FunctionalInterface
    interface Body {
        BodyPublisher open() throws IOException;
    }

    HubHttp(HubSettings settings) {
        this.settings = settings;
        // HTTP/1.1, so that files that are fetched side by side have a connection each.
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(settings.timeout())
                .build();
    }

    HubSettings settings() {
        return settings;
    }

    URI uri(String path) {
        return URI.create(settings.endpoint() + "/" + path);
    }

    /**
     * Sends a request until it is answered.
     *
     * @return the answer, of a status below 400, its body to be closed
     * @throws HubException with a sentence for any other status, or if the hub cannot be reached
     */
    HttpResponse<InputStream> send(Call call) {
        try {
            return trySend(call);
        } catch (IOException e) {
            throw unreachable(call.uri(), e);
        }
    }

    /** Sends a request until it is answered, as {@link #send}, but leaves what to do without a connection to the caller. */
    HttpResponse<InputStream> trySend(Call call) throws IOException {
        for (int attempt = 1; ; attempt++) {
            HttpResponse<InputStream> response = follow(call);
            int status = response.statusCode();
            if (status < 400) {
                return response;
            }
            HubException failure =
                    HubErrors.of(call.subject(), response, settings).withStatus(status);
            boolean again = attempt < TRIES && PASSING.contains(status);
            if (!again
                    || !pause(
                            attempt,
                            response.headers().firstValue("Retry-After").orElse(""))) {
                throw failure;
            }
        }
    }

    /** Reads the JSON that answers a request. */
    JsonElement json(Call call) {
        return json(call, send(call));
    }

    JsonElement json(Call call, HttpResponse<InputStream> response) {
        try (InputStream body = response.body()) {
            byte[] bytes = body.readNBytes(MAX_TEXT);
            return JsonParser.parseString(new String(bytes, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw unreachable(call.uri(), e);
        } catch (JsonParseException e) {
            throw HubException.badAnswer("what it says of " + call.subject() + " is no JSON");
        }
    }

    private HttpResponse<InputStream> follow(Call call) throws IOException {
        URI uri = call.uri();
        for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
            HttpResponse<InputStream> response = exchange(call, uri);
            String location = response.headers().firstValue("Location").orElse("");
            if (response.statusCode() / 100 != 3 || location.isEmpty()) {
                return response;
            }
            response.body().close();
            uri = target(uri, location);
        }
        throw HubException.badAnswer("it sends the request for " + call.subject() + " from one address to the next");
    }

    private static URI target(URI from, String location) {
        try {
            URI to = from.resolve(location);
            boolean web = "https".equals(to.getScheme()) || "http".equals(from.getScheme());
            if (web && to.getHost() != null) {
                return to;
            }
        } catch (IllegalArgumentException e) {
            // said below, without the address, which may carry a signature
        }
        throw HubException.badAnswer("it sends the request on to an address that cannot be used");
    }

    private HttpResponse<InputStream> exchange(Call call, URI uri) throws IOException {
        Body body = call.body();
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(body == null ? settings.timeout() : settings.timeout().multipliedBy(30))
                .header("User-Agent", "text2image; java/" + Runtime.version().feature())
                .method(call.method(), body == null ? BodyPublishers.noBody() : body.open());
        call.headers().forEach(request::header);
        AccessToken token = settings.token();
        if (token != null && isHub(uri)) {
            request.header("Authorization", token.authorization());
        }
        try {
            return client.send(request.build(), BodyHandlers.ofInputStream());
        } catch (InterruptedException e) {
            throw stopped(e);
        }
    }

    /** Says whether an address is the hub's own: scheme, host and port. */
    private boolean isHub(URI uri) {
        URI hub = settings.endpoint();
        return Objects.equals(uri.getScheme(), hub.getScheme())
                && hub.getHost().equalsIgnoreCase(uri.getHost())
                && uri.getPort() == hub.getPort();
    }

    /** Waits before another try; false if the hub asks for more patience than a person has. */
    boolean pause(int attempt, String retryAfter) {
        Duration wait = settings.pause().multipliedBy(1L << (attempt - 1));
        if (retryAfter.matches("\\d{1,9}")) {
            long seconds = Long.parseLong(retryAfter);
            if (seconds > MAX_WAIT_SECONDS) {
                return false;
            }
            wait = Duration.ofSeconds(seconds);
        }
        try {
            Thread.sleep(wait.toMillis());
            return true;
        } catch (InterruptedException e) {
            throw stopped(e);
        }
    }

    static CancellationException stopped(Throwable cause) {
        return (CancellationException) new CancellationException("Stopped.").initCause(cause);
    }

    static HubException unreachable(URI uri, IOException cause) {
        String what = cause.getMessage() == null ? "" : ", " + cause.getMessage();
        return new HubException(
                Kind.NETWORK,
                uri.getScheme() + "://" + uri.getAuthority() + " cannot be reached ("
                        + cause.getClass().getSimpleName() + what + "). Check the network, the proxy and HF_ENDPOINT.",
                cause);
    }
}
