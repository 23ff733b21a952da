package dev.text2image.testing;

import static dev.text2image.testing.StandInHub.READER;
import static dev.text2image.testing.StandInHub.TOKEN;
import static dev.text2image.testing.StandInHub.body;
import static dev.text2image.testing.StandInHub.error;
import static dev.text2image.testing.StandInHub.gitHash;
import static dev.text2image.testing.StandInHub.hash;
import static dev.text2image.testing.StandInHub.isLarge;
import static dev.text2image.testing.StandInHub.json;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import dev.text2image.testing.StandInHub.Repo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** What {@link StandInHub} does for who uploads. */
final class StandInUploads {
    private final StandInHub hub;
    private final Map<String, byte[]> parts = new ConcurrentHashMap<>();
    private volatile int partSize = Integer.MAX_VALUE;

    StandInUploads(StandInHub hub) {
        this.hub = hub;
    }

    void partSize(int bytes) {
        partSize = bytes;
    }

    void authCheck(HttpExchange exchange) throws IOException {
        if (may(exchange, TOKEN)) {
            json(exchange, 200, new JsonObject());
        }
    }

    void branch(HttpExchange exchange, Repo repo, String branch) throws IOException {
        if (may(exchange, TOKEN)) {
            exchange.getRequestBody().readAllBytes();
            boolean isNew = repo.branches.putIfAbsent(branch, repo.commitOf("main")) == null;
            exchange.sendResponseHeaders(isNew ? 200 : 409, -1);
        }
    }

    /** Refuses what the real hub would: a licence that is no identifier. */
    void validate(HttpExchange exchange) throws IOException {
        String content = body(exchange).get("content").getAsString();
        boolean valid = !content.contains("license: no such licence");
        json(exchange, valid ? 200 : 400, JsonParser.parseString(valid ? "{\"errors\": [], \"warnings\": []}" : """
                {"errors": [{"message": "\\"license\\" must be one of a list"}], "warnings": []}"""));
    }

    void verify(HttpExchange exchange) throws IOException {
        JsonObject content = body(exchange);
        byte[] kept = hub.large().get(content.get("oid").getAsString());
        boolean right = kept != null && kept.length == content.get("size").getAsInt();
        json(exchange, right ? 200 : 404, new JsonObject());
    }

    /** Takes a content, a part of one, or the list of the parts. */
    void take(HttpExchange exchange, String path, byte[] body) throws IOException {
        String name = path.substring(path.lastIndexOf('/') + 1);
        if (path.startsWith("/part/")) {
            parts.put(path.substring("/part/".length()), body);
            exchange.getResponseHeaders().add("ETag", "\"" + hash("SHA-1", body) + "\"");
            exchange.sendResponseHeaders(200, -1);
        } else if (path.startsWith("/complete/")) {
            complete(exchange, name, body);
        } else {
            exchange.sendResponseHeaders(keep(name, body) ? 200 : 400, -1);
        }
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

    void whoami(HttpExchange exchange) throws IOException {
        if (may(exchange, TOKEN, READER)) {
            boolean reader =
                    ("Bearer " + READER).equals(exchange.getRequestHeaders().getFirst("Authorization"));
            json(exchange, 200, JsonParser.parseString("""
                    {"name": "ada", "orgs": [{"name": "engines"}],
                     "auth": {"accessToken": {"role": "%s"}}}""".formatted(reader ? "read" : "write")));
        }
    }

    void create(HttpExchange exchange) throws IOException {
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
        boolean isNew = hub.repos().putIfAbsent(type + "s/" + name, made) == null;
        if (isNew) {
            hub.put(
                    made,
                    name,
                    "main",
                    new TreeMap<>(
                            Map.of(".gitattributes", "*.safetensors filter=lfs\n".getBytes(StandardCharsets.UTF_8))));
        }
        JsonObject answer = new JsonObject();
        answer.addProperty("url", hub.endpoint() + "/" + name);
        answer.addProperty("id", name);
        json(exchange, isNew ? 200 : 409, answer);
    }

    void preupload(HttpExchange exchange, Repo repo, String branch) throws IOException {
        if (!may(exchange, TOKEN)) {
            return;
        }
        if (!repo.branches.containsKey(branch)) {
            error(exchange, 404, "RevisionNotFound", "Invalid rev id: " + branch);
            return;
        }
        JsonArray answers = new JsonArray();
        for (JsonElement file : body(exchange).getAsJsonArray("files")) {
            String path = file.getAsJsonObject().get("path").getAsString();
            byte[] there = repo.files(branch).get(path);
            JsonObject answer = new JsonObject();
            answer.addProperty("path", path);
            answer.addProperty("uploadMode", isLarge(path, new byte[1]) ? "lfs" : "regular");
            answer.addProperty("shouldIgnore", false);
            if (there != null) {
                answer.addProperty("oid", isLarge(path, there) ? hash("SHA-256", there) : gitHash(there));
            }
            answers.add(answer);
        }
        JsonObject all = new JsonObject();
        all.add("files", answers);
        json(exchange, 200, all);
    }

    void batch(HttpExchange exchange) throws IOException {
        if (!may(exchange, TOKEN)) {
            return;
        }
        JsonArray objects = new JsonArray();
        for (JsonElement element : body(exchange).getAsJsonArray("objects")) {
            JsonObject wanted = element.getAsJsonObject();
            String sha256 = wanted.get("oid").getAsString();
            long size = wanted.get("size").getAsLong();
            JsonObject object = wanted.deepCopy();
            if (!hub.large().containsKey(sha256)) {
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
        upload.addProperty("href", hub.storeAddress() + "/upload/" + sha256);
        if (size > partSize) {
            header.addProperty("chunk_size", String.valueOf(partSize));
            for (int i = 0; (long) i * partSize < size; i++) {
                header.addProperty(
                        String.format("%05d", i + 1), hub.storeAddress() + "/part/" + sha256 + "/" + (i + 1));
            }
            upload.addProperty("href", hub.storeAddress() + "/complete/" + sha256);
        }
        upload.add("header", header);
        JsonObject verify = new JsonObject();
        verify.addProperty("href", hub.endpoint() + "/verify");
        JsonObject actions = new JsonObject();
        actions.add("upload", upload);
        actions.add("verify", verify);
        return actions;
    }

    void commit(HttpExchange exchange, Repo repo, String key, String branch) throws IOException {
        if (!may(exchange, TOKEN)) {
            return;
        }
        String lines = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        Map<String, byte[]> all = new TreeMap<>(repo.files(branch));
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
                    byte[] content = hub.large().get(value.get("oid").getAsString());
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
        String commit = hub.put(repo, key, branch, all);
        answer.addProperty("commitUrl", hub.endpoint() + "/" + key + "/commit/" + commit);
        answer.addProperty("commitOid", commit);
        json(exchange, 200, answer);
    }

    private boolean keep(String sha256, byte[] bytes) {
        boolean right = hash("SHA-256", bytes).equals(sha256);
        if (right) {
            hub.large().put(sha256, bytes);
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
            String tag = listed.get(i - 1).getAsJsonObject().get("etag").getAsString();
            if (!tag.equals("\"" + hash("SHA-1", part) + "\"")) {
                error(exchange, 400, "", "The tag of part " + i + " is another one");
                return;
            }
            whole = Arrays.copyOf(whole, whole.length + part.length);
            System.arraycopy(part, 0, whole, whole.length - part.length, part.length);
        }
        json(exchange, keep(sha256, whole) ? 200 : 400, new JsonObject());
    }
}
