package dev.text2image.testing;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A hub on this machine: the requests of the real one that downloads and uploads need, over HTTP, with a second server for large
 * files. Large are files that end in safetensors. What goes wrong is asked for with {@link #refuse} and {@link #spoil}.
 */
public final class StandInHub implements AutoCloseable {
    /** The token that may read and write. */
    public static final String TOKEN = "hf_StandInWriterToken0123456789";
    /** A token that may only read. */
    public static final String READER = "hf_StandInReaderToken0123456789";

    private static final Pattern API = Pattern.compile("/api/(models|datasets)/([^/]+/[^/]+)(?:/([\\w-]+)/(.+))?");
    private static final Pattern RESOLVE = Pattern.compile("/(datasets/)?([^/]+/[^/]+)/resolve/([^/]+)/(.+)");
    private static final Pattern BATCH = Pattern.compile("/(datasets/)?([^/]+/[^/]+)\\.git/info/lfs/objects/batch");
    private static final int PAGE = 3;

    private final HttpServer api;
    private final HttpServer store;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, Repo> repos = new ConcurrentHashMap<>();
    private final Map<String, byte[]> large = new ConcurrentHashMap<>();
    private final List<Fault> faults = new CopyOnWriteArrayList<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final StandInUploads uploads = new StandInUploads(this);

    /** A repository: the files of each commit, and the newest one. */
    static final class Repo {
        final Map<String, Map<String, byte[]>> commits = new ConcurrentHashMap<>();
        final Map<String, String> branches = new ConcurrentHashMap<>(Map.of("main", ""));
        volatile boolean gated;
        volatile boolean visible = true;
        volatile @Nullable String name;

        String commitOf(String revision) {
            return branches.getOrDefault(revision, revision);
        }

        Map<String, byte[]> files(String revision) {
            return commits.getOrDefault(commitOf(revision), Map.of());
        }
    }

    /** Answers a request itself; false leaves it to the hub. */
    @FunctionalInterface
    public interface Answer {
        /**
         * Answers.
         *
         * @param exchange the request
         * @param content the content that was asked for, empty if none was
         * @return true if the request is answered
         */
        boolean answer(HttpExchange exchange, byte[] content) throws IOException;
    }

    private record Fault(String part, AtomicInteger times, boolean content, Answer answer) {}

    /** Starts both servers. */
    public StandInHub() {
        try {
            InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
            api = HttpServer.create(new InetSocketAddress(loopback, 0), 0);
            store = HttpServer.create(new InetSocketAddress(loopback, 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (HttpServer server : List.of(api, store)) {
            server.setExecutor(threads);
            server.createContext("/", server == api ? this::serveApi : this::serveStore);
            server.start();
        }
    }

    /** The hub's address. */
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + api.getAddress().getPort());
    }

    Map<String, Repo> repos() {
        return repos;
    }

    Map<String, byte[]> large() {
        return large;
    }

    String storeAddress() {
        return "http://127.0.0.1:" + store.getAddress().getPort();
    }

    /** All requests so far: {@code METHOD server path range authorization}. */
    public List<String> requests() {
        return List.copyOf(requests);
    }

    /** Forgets the requests. */
    public void forget() {
        requests.clear();
    }

    /** Lets large files be uploaded in parts of a size. */
    public void partSize(int bytes) {
        uploads.partSize(bytes);
    }

    /** Adds a commit to a repository, which is made if need be; {@code key} is such as {@code models/a/b}. */
    public String commit(String key, Map<String, byte[]> files) {
        Repo repo = repos.computeIfAbsent(key, unused -> new Repo());
        Map<String, byte[]> all = new TreeMap<>(repo.files("main"));
        all.putAll(files);
        return put(repo, key, "main", all);
    }

    String put(Repo repo, String key, String branch, Map<String, byte[]> all) {
        String commit = hash("SHA-1", (key + repo.commits.size()).getBytes(StandardCharsets.UTF_8));
        all.values().forEach(bytes -> large.put(hash("SHA-256", bytes), bytes));
        repo.commits.put(commit, all);
        repo.branches.put(branch, commit);
        return commit;
    }

    /** Adds all files of a directory as a commit. */
    public String commit(String key, Path directory) {
        Map<String, byte[]> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                files.put(directory.relativize(file).toString().replace('\\', '/'), Files.readAllBytes(file));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return commit(key, files);
    }

    /** The files of a repository's newest commit. */
    public Map<String, byte[]> files(String key) {
        return files(key, "main");
    }

    /** The files of a branch's newest commit. */
    public Map<String, byte[]> files(String key, String branch) {
        return repos.getOrDefault(key, new Repo()).files(branch);
    }

    /** The number of commits of a repository. */
    public int commits(String key) {
        return repos.getOrDefault(key, new Repo()).commits.size();
    }

    /** Says whether a repository is private. */
    public boolean isPrivate(String key) {
        return !repos.getOrDefault(key, new Repo()).visible;
    }

    /** Lets only people who accepted its conditions see a repository's files: nobody. */
    public void gate(String key) {
        repos.getOrDefault(key, new Repo()).gated = true;
    }

    /** Lets a repository be seen with a token only. */
    public void hide(String key) {
        repos.getOrDefault(key, new Repo()).visible = false;
    }

    /** Gives a repository another name; its old one leads to it. */
    public void rename(String key, String name) {
        repos.getOrDefault(key, new Repo()).name = name;
    }

    /** Answers requests with an error instead. */
    public void refuse(String part, int times, int status, String... headers) {
        faults.add(new Fault(part, new AtomicInteger(times), false, (exchange, content) -> {
            for (int i = 0; i < headers.length; i += 2) {
                exchange.getResponseHeaders().add(headers[i], headers[i + 1]);
            }
            exchange.sendResponseHeaders(status, -1);
            return true;
        }));
    }

    /** Lets something else answer requests. */
    public void answer(String part, int times, Answer answer) {
        faults.add(new Fault(part, new AtomicInteger(times), false, answer));
    }

    /** Lets something else send a content that was asked for. */
    public void spoil(String part, int times, Answer answer) {
        faults.add(new Fault(part, new AtomicInteger(times), true, answer));
    }

    private boolean isFaulty(HttpExchange exchange, boolean hasContent, byte[] content) throws IOException {
        String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
        for (Fault fault : faults) {
            if (fault.content() == hasContent
                    && request.contains(fault.part())
                    && fault.times().getAndDecrement() > 0) {
                return fault.answer().answer(exchange, content);
            }
        }
        return false;
    }

    private void note(HttpExchange exchange, String server) {
        String range = exchange.getRequestHeaders().getFirst("Range");
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        requests.add(exchange.getRequestMethod() + " " + server + " " + exchange.getRequestURI() + " "
                + (range == null ? "-" : range) + " " + (authorization == null ? "-" : authorization));
    }

    private void serveApi(HttpExchange exchange) throws IOException {
        note(exchange, "api");
        try (exchange) {
            if (!isFaulty(exchange, false, new byte[0])) {
                route(exchange, URLDecoder.decode(exchange.getRequestURI().getRawPath(), StandardCharsets.UTF_8));
            }
        }
    }

    private void route(HttpExchange exchange, String path) throws IOException {
        Matcher resolve = RESOLVE.matcher(path);
        Matcher batch = BATCH.matcher(path);
        Matcher info = API.matcher(path);
        if (path.equals("/api/whoami-v2")) {
            uploads.whoami(exchange);
        } else if (path.equals("/api/repos/create")) {
            uploads.create(exchange);
        } else if (path.equals("/api/validate-yaml")) {
            uploads.validate(exchange);
        } else if (batch.matches()) {
            uploads.batch(exchange);
        } else if (path.equals("/verify")) {
            uploads.verify(exchange);
        } else if (resolve.matches()) {
            resolve(exchange, (resolve.group(1) == null ? "models/" : "datasets/") + resolve.group(2), resolve);
        } else if (info.matches()) {
            api(exchange, info.group(1) + "/" + info.group(2), info);
        } else {
            error(exchange, 404, "", "");
        }
    }

    private void api(HttpExchange exchange, String key, Matcher info) throws IOException {
        Repo repo = find(exchange, key);
        if (repo == null) {
            return;
        }
        String action = info.group(3) == null ? "revision" : info.group(3);
        String revision = info.group(4) == null ? "main" : info.group(4);
        switch (action) {
            case "revision" -> info(exchange, repo, key, revision);
            case "tree" -> tree(exchange, repo, revision);
            case "auth-check" -> uploads.authCheck(exchange);
            case "branch" -> uploads.branch(exchange, repo, revision);
            case "preupload" -> uploads.preupload(exchange, repo, revision);
            case "commit" -> uploads.commit(exchange, repo, key, revision);
            default -> error(exchange, 404, "", "");
        }
    }

    /** Finds a repository that the request may see, or answers why not. */
    private @Nullable Repo find(HttpExchange exchange, String key) throws IOException {
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        if (authorization != null
                && !authorization.equals("Bearer " + TOKEN)
                && !authorization.equals("Bearer " + READER)) {
            error(exchange, 401, "", "Invalid credentials in Authorization header");
            return null;
        }
        Repo repo = repos.get(key);
        if (repo == null || (!repo.visible && authorization == null)) {
            error(exchange, authorization == null ? 401 : 404, "RepoNotFound", "Repository not found");
            return null;
        }
        String name = repo.name;
        if (name != null && !key.endsWith("/" + name)) {
            String type = key.substring(0, key.indexOf('/'));
            repos.put(type + "/" + name, repo);
            String old = key.substring(key.indexOf('/') + 1);
            exchange.getResponseHeaders()
                    .add("Location", exchange.getRequestURI().toString().replace(old, name));
            exchange.sendResponseHeaders(307, -1);
            return null;
        }
        return repo;
    }

    private void info(HttpExchange exchange, Repo repo, String key, String revision) throws IOException {
        String commit = repo.commitOf(revision);
        if (!repo.commits.containsKey(commit)) {
            error(exchange, 404, "RevisionNotFound", "Invalid rev id: " + revision);
            return;
        }
        JsonObject json = new JsonObject();
        json.addProperty("id", key.substring(key.indexOf('/') + 1));
        json.addProperty("sha", commit);
        json.addProperty("private", !repo.visible);
        JsonArray siblings = new JsonArray();
        repo.files(commit).keySet().forEach(path -> {
            JsonObject sibling = new JsonObject();
            sibling.addProperty("rfilename", path);
            siblings.add(sibling);
        });
        json.add("siblings", siblings);
        json.add("tags", new JsonArray());
        json(exchange, 200, json);
    }

    private void tree(HttpExchange exchange, Repo repo, String commit) throws IOException {
        List<Map.Entry<String, byte[]>> files =
                List.copyOf(repo.commits.getOrDefault(commit, Map.of()).entrySet());
        String query = String.valueOf(exchange.getRequestURI().getQuery());
        int from = query.contains("cursor=") ? Integer.parseInt(query.replaceFirst(".*cursor=(\\d+).*", "$1")) : 0;
        JsonArray entries = new JsonArray();
        for (var file : files.subList(from, Math.min(from + PAGE, files.size()))) {
            JsonObject entry = new JsonObject();
            entry.addProperty("type", "file");
            entry.addProperty("path", file.getKey());
            entry.addProperty("size", file.getValue().length);
            entry.addProperty("oid", gitHash(file.getValue()));
            if (isLarge(file.getKey(), file.getValue())) {
                JsonObject lfs = new JsonObject();
                lfs.addProperty("oid", hash("SHA-256", file.getValue()));
                lfs.addProperty("size", file.getValue().length);
                lfs.addProperty("pointerSize", 130);
                entry.add("lfs", lfs);
            }
            entries.add(entry);
        }
        if (from + PAGE < files.size()) {
            String next = endpoint() + exchange.getRequestURI().getPath() + "?recursive=true&expand=false&cursor="
                    + (from + PAGE);
            exchange.getResponseHeaders().add("Link", "<" + next + ">; rel=\"next\"");
        }
        json(exchange, 200, entries);
    }

    private void resolve(HttpExchange exchange, String key, Matcher request) throws IOException {
        Repo repo = find(exchange, key);
        if (repo == null) {
            return;
        }
        String commit = repo.commitOf(request.group(3));
        byte[] content = repo.commits.getOrDefault(commit, Map.of()).get(request.group(4));
        exchange.getResponseHeaders().add("X-Repo-Commit", commit);
        if (repo.gated) {
            error(exchange, 403, "GatedRepo", "Access to model is restricted");
        } else if (content == null) {
            error(exchange, 404, "EntryNotFound", "Entry not found");
        } else if (isLarge(request.group(4), content)) {
            String sha256 = hash("SHA-256", content);
            exchange.getResponseHeaders().add("X-Linked-Etag", "\"" + sha256 + "\"");
            exchange.getResponseHeaders().add("X-Linked-Size", String.valueOf(content.length));
            exchange.getResponseHeaders().add("Location", storeAddress() + "/lfs/" + sha256 + "?Signature=secret");
            exchange.sendResponseHeaders(302, -1);
        } else {
            exchange.getResponseHeaders().add("ETag", "\"" + gitHash(content) + "\"");
            content(exchange, content);
        }
    }

    private void serveStore(HttpExchange exchange) throws IOException {
        note(exchange, "store");
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            String name = path.substring(path.lastIndexOf('/') + 1);
            boolean upload = !exchange.getRequestMethod().equals("GET");
            byte[] body = upload ? exchange.getRequestBody().readAllBytes() : new byte[0];
            if (isFaulty(exchange, false, body)) {
                return;
            }
            byte[] content = large.get(name);
            if (upload) {
                uploads.take(exchange, path, body);
            } else if (content == null) {
                error(exchange, 404, "", "");
            } else {
                exchange.getResponseHeaders().add("ETag", "\"" + name + "\"");
                content(exchange, content);
            }
        }
    }

    private void content(HttpExchange exchange, byte[] content) throws IOException {
        if (isFaulty(exchange, true, content)) {
            return;
        }
        String range = exchange.getRequestHeaders().getFirst("Range");
        int from = range == null ? 0 : Integer.parseInt(range.replaceFirst("bytes=(\\d+)-.*", "$1"));
        if (from > 0 && from >= content.length) {
            error(exchange, 416, "", "");
            return;
        }
        if (range != null) {
            exchange.getResponseHeaders()
                    .add("Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
        }
        send(exchange, range == null ? 200 : 206, Arrays.copyOfRange(content, from, content.length));
    }

    static void send(HttpExchange exchange, int status, byte[] bytes) throws IOException {
        boolean head = exchange.getRequestMethod().equals("HEAD");
        if (head) {
            exchange.getResponseHeaders().add("Content-Length", String.valueOf(bytes.length));
        }
        exchange.sendResponseHeaders(status, head || bytes.length == 0 ? -1 : bytes.length);
        if (!head && bytes.length > 0) {
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(bytes);
            }
        }
    }

    static void error(HttpExchange exchange, int status, String code, String message) throws IOException {
        if (!code.isEmpty()) {
            exchange.getResponseHeaders().add("X-Error-Code", code);
        }
        if (!message.isEmpty()) {
            exchange.getResponseHeaders().add("X-Error-Message", message);
        }
        exchange.sendResponseHeaders(status, -1);
    }

    static void json(HttpExchange exchange, int status, JsonElement json) throws IOException {
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        send(exchange, status, json.toString().getBytes(StandardCharsets.UTF_8));
    }

    static JsonObject body(HttpExchange exchange) throws IOException {
        byte[] bytes = exchange.getRequestBody().readAllBytes();
        return JsonParser.parseString(new String(bytes, StandardCharsets.UTF_8)).getAsJsonObject();
    }

    /** Empty files are never large ones. */
    static boolean isLarge(String path, byte[] content) {
        return content.length > 0 && (path.endsWith(".safetensors") || path.endsWith(".parquet"));
    }

    static String gitHash(byte[] content) {
        byte[] header = ("blob " + content.length + "\0").getBytes(StandardCharsets.UTF_8);
        byte[] all = Arrays.copyOf(header, header.length + content.length);
        System.arraycopy(content, 0, all, header.length, content.length);
        return hash("SHA-1", all);
    }

    /** A hash in hexadecimal digits. */
    public static String hash(String algorithm, byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        api.stop(0);
        store.stop(0);
        threads.shutdownNow();
    }

    /** Serves the directories named {@code models/a/b=DIRECTORY} until the input ends, after printing its address. */
    public static void main(String[] arguments) throws IOException {
        try (StandInHub hub = new StandInHub()) {
            List<String> served = new ArrayList<>();
            for (String argument : arguments) {
                String[] pair = argument.split("=", 2);
                if (pair[0].equals("--part-size")) {
                    hub.partSize(Integer.parseInt(pair[1]));
                } else {
                    served.add(hub.commit(pair[0], Path.of(pair[1])));
                }
            }
            System.out.println(hub.endpoint() + " " + String.join(" ", served));
            System.out.flush();
            while (System.in.read() >= 0) {
                // until whoever started this closes its end
            }
        }
    }
}
