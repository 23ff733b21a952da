package dev.text2image.hub.upload;

import com.google.gson.JsonObject;
import dev.text2image.hub.HubApi;
import dev.text2image.hub.HubHttp;
import dev.text2image.hub.HubRequest;
import dev.text2image.hub.RepoId;
import dev.text2image.hub.SafeNames;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** One commit of changes, whose large contents the hub has already. */
final class Commit {
    private Commit() {}

    /** A line of the request: JSON objects, one a line. */
    static JsonObject line(String key, JsonObject value) {
        JsonObject line = new JsonObject();
        line.addProperty("key", key);
        line.add("value", value);
        return line;
    }

    /**
     * Makes the commit. The request is sent once: whether it was done is seen by comparing again.
     *
     * @return the commit's name
     */
    static String make(HubHttp http, RepoId repo, String branch, String message, List<Change> changes) {
        byte[] lines = lines(message, changes);
        HubRequest request = new HubRequest(
                "POST",
                http.uri(repo.api() + "/commit/" + HubHttp.encode(branch)),
                Map.of("Content-Type", "application/x-ndjson"),
                () -> BodyPublishers.ofByteArray(lines),
                HubApi.subject(repo, branch));
        JsonObject answer = HubApi.object(http.json(request, http.sendOnce(request)));
        String commit = HubApi.text(answer, "commitOid");
        return SafeNames.commit(commit == null ? "" : commit, repo);
    }

    private static byte[] lines(String message, List<Change> changes) {
        JsonObject header = new JsonObject();
        header.addProperty("summary", message);
        header.addProperty("description", "");
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        lines.writeBytes(bytes(line("header", header)));
        for (Change change : changes) {
            try {
                lines.writeBytes(bytes(change.line()));
            } catch (IOException e) {
                throw new UncheckedIOException("Cannot read " + change.file().place() + ": " + e.getMessage(), e);
            }
        }
        return lines.toByteArray();
    }

    private static byte[] bytes(JsonObject line) {
        return (line + "\n").getBytes(StandardCharsets.UTF_8);
    }
}
