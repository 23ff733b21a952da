package dev.text2image.hub.upload;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.text2image.hub.HubApi;
import dev.text2image.hub.HubException;
import dev.text2image.hub.HubException.Kind;
import dev.text2image.hub.HubHttp;
import dev.text2image.hub.HubRequest;
import dev.text2image.hub.RepoId;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Sends contents to the store of large files, by the batch protocol of git-lfs with the hub's own transfer in parts (huggingface_hub,
 * lfs.py). Each content is asked for right before it is sent, as the addresses to send to hold for a short time only.
 */
final class LargeFileUpload {
    private static final String JSON_TYPE = "application/vnd.git-lfs+json";

    private final HubHttp http;
    private final RepoId repo;
    private final String branch;
    private final AtomicLong counted;

    LargeFileUpload(HubHttp http, RepoId repo, String branch, AtomicLong counted) {
        this.http = http;
        this.repo = repo;
        this.branch = branch;
        this.counted = counted;
    }

    /** Sends a content unless the store has it. */
    void send(Change change) {
        JsonElement actions = object(change).get("actions");
        if (!(actions instanceof JsonObject all) || !(all.get("upload") instanceof JsonObject upload)) {
            counted.addAndGet(change.file().size());
            return;
        }
        JsonObject header = upload.get("header") instanceof JsonObject given ? given : new JsonObject();
        URI target = address(upload);
        if (header.has("chunk_size")) {
            sendParts(change, target, header);
        } else {
            put(change, target, 0, change.file().size());
        }
        if (all.get("verify") instanceof JsonObject verify) {
            HubHttp.discard(http.persist(post(address(verify), content(change), change)));
        }
    }

    /** What the store says of a content: how to send it, or nothing to do. */
    private JsonObject object(Change change) {
        JsonObject ref = new JsonObject();
        ref.addProperty("name", branch);
        JsonArray objects = new JsonArray();
        objects.add(content(change));
        JsonArray transfers = new JsonArray();
        transfers.add("basic");
        transfers.add("multipart");
        JsonObject wanted = new JsonObject();
        wanted.addProperty("operation", "upload");
        wanted.addProperty("hash_algo", "sha256");
        wanted.add("transfers", transfers);
        wanted.add("objects", objects);
        wanted.add("ref", ref);
        HubRequest request = post(http.uri(repo.page() + ".git/info/lfs/objects/batch"), wanted, change);
        JsonObject answer = HubApi.object(http.json(request, http.persist(request)));
        if (!(answer.get("objects") instanceof JsonArray all) || all.size() != 1) {
            throw HubException.badAnswer("it does not say how " + change.file().path() + " is sent");
        }
        JsonObject object = HubApi.object(all.get(0));
        if (object.get("error") instanceof JsonObject error) {
            throw new HubException(
                    Kind.INPUT, "The hub does not take " + change.file().path() + ": " + HubApi.text(error, "message"));
        }
        return object;
    }

    private static JsonObject content(Change change) {
        JsonObject content = new JsonObject();
        content.addProperty("oid", change.hash());
        content.addProperty("size", change.file().size());
        return content;
    }

    private static HubRequest post(URI uri, JsonObject json, Change change) {
        HubRequest plain =
                HubRequest.post(uri, json, "the file " + change.file().path());
        Map<String, String> headers = Map.of("Accept", JSON_TYPE, "Content-Type", JSON_TYPE);
        return new HubRequest(plain.method(), uri, headers, plain.body(), plain.subject());
    }

    private void sendParts(Change change, URI completion, JsonObject header) {
        long partSize = number(HubApi.text(header, "chunk_size"), change);
        Map<Long, URI> targets = new TreeMap<>();
        for (String name : header.keySet()) {
            if (name.matches("\\d{1,9}")) {
                targets.put(Long.valueOf(name), address(HubApi.text(header, name)));
            }
        }
        long size = change.file().size();
        if (targets.size() != (size + partSize - 1) / partSize) {
            throw HubException.badAnswer("it takes " + change.file().path() + ", which has " + size + " bytes, in "
                    + targets.size() + " parts of " + partSize);
        }
        JsonArray parts = new JsonArray();
        long from = 0;
        for (URI target : targets.values()) {
            JsonObject part = new JsonObject();
            part.addProperty("partNumber", parts.size() + 1);
            part.addProperty("etag", put(change, target, from, Math.min(partSize, size - from)));
            parts.add(part);
            from += partSize;
        }
        JsonObject whole = new JsonObject();
        whole.addProperty("oid", change.hash());
        whole.add("parts", parts);
        HubHttp.discard(http.persist(post(completion, whole, change)));
    }

    private static long number(@Nullable String text, Change change) {
        if (text == null || !text.matches("[1-9]\\d{0,17}")) {
            throw HubException.badAnswer("it takes " + change.file().path() + " in parts of the size " + text);
        }
        return Long.parseLong(text);
    }

    /** Sends a part of a file, and returns the tag that the store gives it. */
    private String put(Change change, URI target, long from, long size) {
        FileSlice slice = new FileSlice(change.file().place(), from, size, counted);
        String subject = "the file " + change.file().path();
        HttpResponse<InputStream> response = http.persist(new HubRequest("PUT", target, Map.of(), slice, subject));
        HubHttp.discard(response);
        return response.headers().firstValue("ETag").orElse("");
    }

    private URI address(JsonObject action) {
        return address(HubApi.text(action, "href"));
    }

    /** An address that the hub names: one of the web, and encrypted if the hub's own is. */
    private URI address(@Nullable String text) {
        try {
            URI uri = URI.create(text == null ? "" : text);
            boolean web = "https".equals(uri.getScheme())
                    || ("http".equals(uri.getScheme())
                            && "http".equals(http.settings().endpoint().getScheme()));
            if (web && uri.getHost() != null) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // said below, without the address, which may carry a signature
        }
        throw HubException.badAnswer("it names an address to send to that cannot be used");
    }
}
