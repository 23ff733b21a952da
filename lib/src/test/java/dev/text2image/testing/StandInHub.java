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
import java.util.Base64;
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

    private static final Pattern API = Pattern.compile("/api/(models|datasets)/([^/]+/[^/]+)/(\\w+)/([^/]+)");
    private static final Pattern RESOLVE = Pattern.compile("/(datasets/)?([^/]+/[^/]+)/resolve/([^/]+)/(.+)");
    private static final Pattern BATCH = Pattern.compile("/(datasets/)?([^/]+/[^/]+)\\.git/info/lfs/objects/batch");
    private static final int PAGE = 3;

    private final HttpServer api;
    private final HttpServer store;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, Repo> repos = new ConcurrentHashMap<>();
    private final Map<String, byte[]> large = new ConcurrentHashMap<>();
    private final Map<String, byte[]> parts = new ConcurrentHashMap<>();
    private final List<Fault> faults = new CopyOnWriteArrayList<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private volatile int partSize = Integer.MAX_VALUE;

    /** A repository: the files of each commit, and the newest one. */
    private static final class Repo {
        final Map<String, Map<String, byte[]>> commits = new ConcurrentHashMap<>();
        volatile String head = "";
        volatile boolean gated;
        volatile boolean visible = true;
        volatile @Nullable String name;
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

    private String storeAddress() {
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
        partSize = bytes;
    }

    /** Adds a commit to a repository, which is made if need be; {@code key} is such as {@code models/a/b}. */
    public String commit(String key, Map<String, byte[]> files) {
        Repo repo = repos.computeIfAbsent(key, unused -> new Repo());
        Map<String, byte[]> all = new TreeMap<>(repo.commits.getOrDefault(repo.head, Map.of()));
        all.putAll(files);
        return put(repo, key, all);
    }

    private String put(Repo repo, String key, Map<String, byte[]> all) {
        String commit = hash("SHA-1", (key + repo.commits.size()).getBytes(StandardCharsets.UTF_8));
        all.values().forEach(bytes -> large.put(hash("SHA-256", bytes), bytes));
        repo.commits.put(commit, all);
        repo.head = commit;
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
        Repo repo = repos.getOrDefault(key, new Repo());
        return repo.commits.getOrDefault(repo.head, Map.of());
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
            whoami(exchange);
        } else if (path.equals("/api/repos/create")) {
            create(exchange);
        } else if (path.equals("/api/validate-yaml")) {
            exchange.getRequestBody().readAllBytes();
            json(exchange, 200, new JsonObject());
        } else if (batch.matches()) {
            batch(exchange);
        } else if (path.startsWith("/verify")) {
            exchange.getRequestBody().readAllBytes();
            json(exchange, 200, new JsonObject());
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
        switch (info.group(3)) {
            case "revision" -> info(exchange, repo, key, info.group(4));
            case "tree" -> tree(exchange, repo, info.group(4));
            case "preupload" -> preupload(exchange, repo);
            case "commit" -> commit(exchange, repo, key);
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
        String commit = revision.equals("main") ? repo.head : revision;
        if (!repo.commits.containsKey(commit)) {
            error(exchange, 404, "RevisionNotFound", "Invalid rev id: " + revision);
            return;
        }
        JsonObject json = new JsonObject();
        json.addProperty("id", key.substring(key.indexOf('/') + 1));
        json.addProperty("sha", commit);
        json.addProperty("private", !repo.visible);
        json.add("siblings", new JsonArray());
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
            if (isLarge(file.getKey())) {
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
        String commit = request.group(3).equals("main") ? repo.head : request.group(3);
        byte[] content = repo.commits.getOrDefault(commit, Map.of()).get(request.group(4));
        exchange.getResponseHeaders().add("X-Repo-Commit", commit);
        if (repo.gated) {
            error(exchange, 403, "GatedRepo", "Access to model is restricted");
        } else if (content == null) {
            error(exchange, 404, "EntryNotFound", "Entry not found");
        } else if (isLarge(request.group(4))) {
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
            if (path.startsWith("/part/")) {
                parts.put(path.substring("/part/".length()), body);
                exchange.getResponseHeaders().add("ETag", "\"" + hash("SHA-1", body) + "\"");
                exchange.sendResponseHeaders(200, -1);
            } else if (path.startsWith("/complete/")) {
                complete(exchange, name, body);
            } else if (upload) {
                exchange.sendResponseHeaders(keep(name, body) ? 200 : 400, -1);
            } else if (content == null) {
                error(exchange, 404, "", "");
            } else {
                exchange.getResponseHeaders().add("ETag", "\"" + name + "\"");
                content(exchange, content);
            }
        }
    }

    private boolean keep(String sha256, byte[] bytes) {
        boolean right = hash("SHA-256", bytes).equals(sha256);
        if (right) {
            large.put(sha256, bytes);
        }
        return right;
    }

    private void complete(HttpExchange exchange, String sha256, byte[] body) throws IOException {
        JsonArray listed = JsonParser.parseString(new String(body, StandardCharsets.UTF_8))
                .getAsJsonObject()
                .getAsJsonArray("parts");
        byte[] whole = new byte[0];
        for (int i = 1; i <= listed.size(); i++) {
            byte[] part = parts.getOrDefault(sha256 + "/" + i, new byte[0]);
            whole = Arrays.copyOf(whole, whole.length + part.length);
            System.arraycopy(part, 0, whole, whole.length - part.length, part.length);
        }
        json(exchange, keep(sha256, whole) ? 200 : 400, new JsonObject());
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

    private static void send(HttpExchange exchange, int status, byte[] bytes) throws IOException {
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

    private static void error(HttpExchange exchange, int status, String code, String message) throws IOException {
        if (!code.isEmpty()) {
            exchange.getResponseHeaders().add("X-Error-Code", code);
        }
        if (!message.isEmpty()) {
            exchange.getResponseHeaders().add("X-Error-Message", message);
        }
        exchange.sendResponseHeaders(status, -1);
    }

    private static void json(HttpExchange exchange, int status, JsonElement json) throws IOException {
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        send(exchange, status, json.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static JsonObject body(HttpExchange exchange) throws IOException {
        byte[] bytes = exchange.getRequestBody().readAllBytes();
        return JsonParser.parseString(new String(bytes, StandardCharsets.UTF_8)).getAsJsonObject();
    }

    private static boolean may(HttpExchange exchange, String... tokens) throws IOException {
        String given = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
        if (Stream.of(tokens).anyMatch(token -> given.equals("Bearer " + token))) {
            return true;
        }
        exchange.getRequestBody().readAllBytes();
        boolean known = given.equals("Bearer " + READER);
        error(
                exchange,
                known ? 403 : 401,
                "",
                known ? "You don't have the right" : "Invalid credentials in Authorization header");
        return false;
    }

    private static void whoami(HttpExchange exchange) throws IOException {
        if (may(exchange, TOKEN, READER)) {
            boolean reader =
                    ("Bearer " + READER).equals(exchange.getRequestHeaders().getFirst("Authorization"));
            json(exchange, 200, JsonParser.parseString("""
                    {"name": "ada", "orgs": [{"name": "engines"}],
                     "auth": {"accessToken": {"role": "%s"}}}""".formatted(reader ? "read" : "write")));
        }
    }

    private void create(HttpExchange exchange) throws IOException {
        if (!may(exchange, TOKEN)) {
            return;
        }
        JsonObject wanted = body(exchange);
        String owner =
                wanted.get("organization") == null || wanted.get("organization").isJsonNull()
                        ? "ada"
                        : wanted.get("organization").getAsString();
        String name = owner + "/" + wanted.get("name").getAsString();
        String type = wanted.has("type") ? wanted.get("type").getAsString() : "model";
        Repo made = new Repo();
        made.visible = !wanted.has("visibility")
                || !wanted.get("visibility").getAsString().equals("private");
        boolean isNew = repos.putIfAbsent(type + "s/" + name, made) == null;
        if (isNew) {
            put(
                    made,
                    name,
                    new TreeMap<>(
                            Map.of(".gitattributes", "*.safetensors filter=lfs\n".getBytes(StandardCharsets.UTF_8))));
        }
        JsonObject answer = new JsonObject();
        answer.addProperty("url", endpoint() + "/" + name);
        answer.addProperty("id", name);
        json(exchange, isNew ? 200 : 409, answer);
    }

    private void preupload(HttpExchange exchange, Repo repo) throws IOException {
        if (!may(exchange, TOKEN)) {
            return;
        }
        JsonArray answers = new JsonArray();
        for (JsonElement file : body(exchange).getAsJsonArray("files")) {
            String path = file.getAsJsonObject().get("path").getAsString();
            byte[] there = repo.commits.getOrDefault(repo.head, Map.of()).get(path);
            JsonObject answer = new JsonObject();
            answer.addProperty("path", path);
            answer.addProperty("uploadMode", isLarge(path) ? "lfs" : "regular");
            answer.addProperty("shouldIgnore", false);
            if (there != null) {
                answer.addProperty("oid", isLarge(path) ? hash("SHA-256", there) : gitHash(there));
            }
            answers.add(answer);
        }
        JsonObject all = new JsonObject();
        all.add("files", answers);
        json(exchange, 200, all);
    }

    private void batch(HttpExchange exchange) throws IOException {
        if (!may(exchange, TOKEN)) {
            return;
        }
        JsonArray objects = new JsonArray();
        for (JsonElement element : body(exchange).getAsJsonArray("objects")) {
            JsonObject wanted = element.getAsJsonObject();
            String sha256 = wanted.get("oid").getAsString();
            long size = wanted.get("size").getAsLong();
            JsonObject object = wanted.deepCopy();
            if (!large.containsKey(sha256)) {
                object.add("actions", actions(sha256, size));
            }
            objects.add(object);
        }
        JsonObject all = new JsonObject();
        all.addProperty("transfer", partSize == Integer.MAX_VALUE ? "basic" : "multipart");
        all.add("objects", objects);
        json(exchange, 200, all);
    }

    private JsonObject actions(String sha256, long size) {
        JsonObject header = new JsonObject();
        JsonObject upload = new JsonObject();
        upload.addProperty("href", storeAddress() + "/upload/" + sha256);
        if (size > partSize) {
            header.addProperty("chunk_size", String.valueOf(partSize));
            for (int i = 0; (long) i * partSize < size; i++) {
                header.addProperty(String.format("%05d", i + 1), storeAddress() + "/part/" + sha256 + "/" + (i + 1));
            }
            upload.addProperty("href", storeAddress() + "/complete/" + sha256);
        }
        upload.add("header", header);
        JsonObject verify = new JsonObject();
        verify.addProperty("href", endpoint() + "/verify");
        JsonObject actions = new JsonObject();
        actions.add("upload", upload);
        actions.add("verify", verify);
        return actions;
    }

    private void commit(HttpExchange exchange, Repo repo, String key) throws IOException {
        if (!may(exchange, TOKEN)) {
            return;
        }
        String lines = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        Map<String, byte[]> all = new TreeMap<>(repo.commits.getOrDefault(repo.head, Map.of()));
        for (String line : lines.split("\n", -1)) {
            if (line.isBlank()) {
                continue;
            }
            JsonObject item = JsonParser.parseString(line).getAsJsonObject();
            JsonObject value = item.getAsJsonObject("value");
            switch (item.get("key").getAsString()) {
                case "file" ->
                    all.put(
                            value.get("path").getAsString(),
                            Base64.getDecoder().decode(value.get("content").getAsString()));
                case "lfsFile" -> {
                    byte[] content = large.get(value.get("oid").getAsString());
                    if (content == null) {
                        error(exchange, 400, "", "LFS pointer pointed to a file that does not exist");
                        return;
                    }
                    all.put(value.get("path").getAsString(), content);
                }
                default -> {}
            }
        }
        JsonObject answer = new JsonObject();
        String commit = put(repo, key, all);
        answer.addProperty("commitUrl", endpoint() + "/" + key + "/commit/" + commit);
        answer.addProperty("commitOid", commit);
        json(exchange, 200, answer);
    }

    private static boolean isLarge(String path) {
        return path.endsWith(".safetensors") || path.endsWith(".parquet");
    }

    private static String gitHash(byte[] content) {
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
