package dev.text2image.hub;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.text2image.hub.HubException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Requests to the hub: with the token for the hub's own host and no other, redirected by hand for that, and tried again. */
public final class HubHttp {
    /** How often a request is made before it counts as failed. */
    public static final int TRIES = 5;

    private static final int MAX_REDIRECTS = 5;
    private static final int MAX_TEXT = 50 << 20;
    private static final long MAX_WAIT_SECONDS = 300;
    /** How many times longer a server may work on what it was sent than it may be silent otherwise. */
    private static final int WORK_FACTOR = 30;

    private static final Set<Integer> PASSING = Set.of(408, 429, 500, 502, 503, 504);

    private static final Logger LOG = Logger.getLogger(HubHttp.class.getName());

    private final HubSettings settings;
    private final HttpClient client;

    HubHttp(HubSettings settings) {
        this.settings = settings;
        // HTTP/1.1, so that files that are fetched side by side have a connection each.
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(settings.timeout())
                .build();
    }

    /**
     * Returns the settings.
     *
     * @return where the hub is, and the token
     */
    public HubSettings settings() {
        return settings;
    }

    /**
     * Makes an address.
     *
     * @param path its part behind the hub's own, encoded
     * @return the address
     */
    public URI uri(String path) {
        return URI.create(settings.endpoint() + "/" + path);
    }

    /**
     * Encodes a part of an address.
     *
     * @param text any text
     * @return the same, which stands for itself there
     */
    public static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /**
     * Sends a request until it is answered. Without a connection it fails at once.
     *
     * @param request the request
     * @return the answer, of a status below 400, its body to be closed
     * @throws HubException with a sentence for any other status, or if the hub cannot be reached
     */
    public HttpResponse<InputStream> send(HubRequest request) {
        try {
            return trySend(request);
        } catch (IOException e) {
            throw unreachable(request.uri(), e);
        }
    }

    /**
     * Sends a request until it is answered, and again if the connection breaks: for what may be done twice, in the middle of long work.
     *
     * @param request the request
     * @return the answer, of a status below 400, its body to be closed
     * @throws HubException with a sentence for any other status, or if the hub cannot be reached
     */
    public HttpResponse<InputStream> persist(HubRequest request) {
        for (int failures = 1; ; failures++) {
            try {
                return trySend(request);
            } catch (IOException e) {
                if (Thread.currentThread().isInterrupted()) {
                    throw stopped(e);
                }
                if (failures >= TRIES) {
                    throw unreachable(request.uri(), e);
                }
                pause(failures, "");
            }
        }
    }

    /**
     * Sends a request once: for what must not be done twice.
     *
     * @param request the request
     * @return the answer, of a status below 400, its body to be closed
     * @throws HubException with a sentence for any other status, or if there is no answer
     */
    public HttpResponse<InputStream> sendOnce(HubRequest request) {
        try {
            HttpResponse<InputStream> response = follow(request);
            if (response.statusCode() < 400) {
                return response;
            }
            throw failure(request, response);
        } catch (IOException e) {
            throw unreachable(request.uri(), e);
        }
    }

    /** Sends a request until it is answered, as {@link #send}, but leaves what to do without a connection to the caller. */
    HttpResponse<InputStream> trySend(HubRequest request) throws IOException {
        for (int attempt = 1; ; attempt++) {
            HttpResponse<InputStream> response = follow(request);
            int status = response.statusCode();
            if (status < 400) {
                return response;
            }
            HubException failure = failure(request, response);
            boolean again = attempt < TRIES && PASSING.contains(status);
            if (!again
                    || !pause(
                            attempt,
                            response.headers().firstValue("Retry-After").orElse(""))) {
                throw failure;
            }
        }
    }

    private HubException failure(HubRequest request, HttpResponse<InputStream> response) {
        return HubErrors.of(request.subject(), response, settings).withStatus(response.statusCode());
    }

    /**
     * Sends a request and reads the JSON of its answer.
     *
     * @param request the request
     * @return what it says
     * @throws HubException as {@link #send}, or if it is no JSON
     */
    public JsonElement json(HubRequest request) {
        return json(request, send(request));
    }

    /**
     * Reads the JSON of an answer, and closes it.
     *
     * @param request the request
     * @param response its answer
     * @return what it says
     * @throws HubException if it is no JSON, or does not arrive
     */
    public JsonElement json(HubRequest request, HttpResponse<InputStream> response) {
        try (InputStream body = response.body()) {
            byte[] bytes = body.readNBytes(MAX_TEXT);
            return JsonParser.parseString(new String(bytes, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw unreachable(request.uri(), e);
        } catch (JsonParseException e) {
            throw HubException.badAnswer("what it says of " + request.subject() + " is no JSON");
        }
    }

    /**
     * Ends an answer of which only its status and headers are needed.
     *
     * @param response the answer
     */
    public static void discard(HttpResponse<InputStream> response) {
        try (InputStream body = response.body()) {
            body.readNBytes(MAX_TEXT); // read to its end, so that the connection is used again
        } catch (IOException e) {
            LOG.log(Level.FINE, "The end of an answer was lost, which does no harm", e);
        }
    }

    private HttpResponse<InputStream> follow(HubRequest request) throws IOException {
        URI uri = request.uri();
        for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
            HttpResponse<InputStream> response = exchange(request, uri);
            String location = response.headers().firstValue("Location").orElse("");
            if (response.statusCode() / 100 != 3 || location.isEmpty()) {
                return response;
            }
            response.body().close();
            uri = target(uri, location);
        }
        throw HubException.badAnswer("it sends the request for " + request.subject() + " from one address to the next");
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

    private HttpResponse<InputStream> exchange(HubRequest request, URI uri) throws IOException {
        HubRequest.Body body = request.body();
        HttpRequest.Builder builder = HttpRequest.newBuilder(uri)
                .header("User-Agent", "text2image; java/" + Runtime.version().feature())
                .method(request.method(), body == null ? BodyPublishers.noBody() : body.open());
        request.headers().forEach(builder::header);
        AccessToken token = settings.token();
        if (token != null && isHub(uri)) {
            builder.header("Authorization", token.authorization());
        }
        try {
            return body == null
                    ? client.send(builder.timeout(settings.timeout()).build(), BodyHandlers.ofInputStream())
                    : await(client.sendAsync(builder.build(), BodyHandlers.ofInputStream()), body);
        } catch (InterruptedException e) {
            throw stopped(e);
        }
    }

    /** Waits for the answer to a body, which may be large: for as long as it is taken, and then as long as work on it may take. */
    private HttpResponse<InputStream> await(CompletableFuture<HttpResponse<InputStream>> answer, HubRequest.Body body)
            throws IOException, InterruptedException {
        Duration patience = settings.timeout().multipliedBy(WORK_FACTOR);
        for (long before = -1; ; ) {
            try {
                return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                long now = body.sent();
                if (now == before) {
                    answer.cancel(true);
                    throw new IOException("nothing was taken for " + patience.toMillis() + " ms", e);
                }
                before = now;
            } catch (InterruptedException e) {
                answer.cancel(true);
                throw e;
            } catch (ExecutionException e) {
                throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
            }
        }
    }

    /** Says whether an address is the hub's own: scheme, host and port. */
    private boolean isHub(URI uri) {
        URI hub = settings.endpoint();
        return Objects.equals(uri.getScheme(), hub.getScheme())
                && hub.getHost().equalsIgnoreCase(uri.getHost())
                && uri.getPort() == hub.getPort();
    }

    /**
     * Waits before another try.
     *
     * @param attempt the tries so far, from 1; the pause doubles with each
     * @param retryAfter the seconds that the hub asks for, or another text if it asks for none
     * @return false if the hub asks for more patience than a person has
     */
    public boolean pause(int attempt, String retryAfter) {
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
