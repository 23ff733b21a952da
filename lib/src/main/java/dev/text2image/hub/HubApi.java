package dev.text2image.hub;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the hub says about repositories. */
final class HubApi {
    private static final Logger LOG = Logger.getLogger(HubApi.class.getName());
    private static final Pattern NEXT = Pattern.compile("<([^>]+)>\\s*;\\s*rel=\"next\"");
    private static final int MAX_PAGES = 1000;

    private final HubHttp http;

    HubApi(HubHttp http) {
        this.http = http;
    }

    /** Asks for the commit that a revision stands for, and for the files at it. */
    RepoListing listing(RepoId repo, String revision) {
        String commit = commit(repo, revision);
        return new RepoListing(commit, files(repo, commit));
    }

    /** Asks for the commit that a revision stands for. */
    String commit(RepoId repo, String revision) {
        JsonObject info = object(get(repo.api() + "/revision/" + encode(revision), subject(repo, revision)));
        String now = text(info, "id");
        if (now != null && !now.equals(repo.name())) {
            LOG.warning(() -> repo + " is called " + now + " now; use the new name.");
        }
        String commit = text(info, "sha");
        return SafeNames.commit(commit == null ? "" : commit, repo);
    }

    private List<RepoFile> files(RepoId repo, String commit) {
        List<RepoFile> files = new ArrayList<>();
        URI page = http.uri(repo.api() + "/tree/" + commit + "?recursive=true&expand=false");
        for (int i = 0; i < MAX_PAGES; i++) {
            HubHttp.Call call = new HubHttp.Call("GET", page, Map.of(), null, subject(repo, null));
            HttpResponse<InputStream> response = http.send(call);
            JsonElement entries = http.json(call, response);
            if (!entries.isJsonArray()) {
                throw HubException.badAnswer("its list of the files of " + repo + " is no list");
            }
            entries.getAsJsonArray().forEach(entry -> add(object(entry), files));
            Matcher next = NEXT.matcher(String.join(",", response.headers().allValues("Link")));
            if (!next.find()) {
                return files;
            }
            page = http.uri("").resolve(next.group(1));
        }
        throw HubException.badAnswer("its list of the files of " + repo + " does not end");
    }

    private static void add(JsonObject entry, List<RepoFile> files) {
        if (!"file".equals(text(entry, "type"))) {
            return;
        }
        JsonObject large = entry.get("lfs") instanceof JsonObject lfs ? lfs : null;
        String path = text(entry, "path");
        String gitHash = text(entry, "oid");
        files.add(new RepoFile(
                path == null ? "" : path,
                size(large == null ? entry : large),
                gitHash == null ? "" : gitHash,
                large == null ? null : text(large, "oid")));
    }

    private JsonElement get(String path, String subject) {
        return http.json(new HubHttp.Call("GET", http.uri(path), Map.of(), null, subject));
    }

    /** Names a repository in messages. */
    static String subject(RepoId repo, @Nullable String revision) {
        boolean usual = revision == null || revision.equals(Hub.MAIN);
        return repo.type().words() + " " + repo + (usual ? "" : " (revision " + revision + ")");
    }

    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    static JsonObject object(JsonElement element) {
        if (element instanceof JsonObject object) {
            return object;
        }
        throw HubException.badAnswer("something in it is no object");
    }

    static @Nullable String text(JsonObject object, String name) {
        JsonElement value = object.get(name);
        return value != null && value.isJsonPrimitive() ? value.getAsString() : null;
    }

    private static long size(JsonObject object) {
        String text = text(object, "size");
        if (text == null || !text.matches("\\d{1,18}")) {
            throw HubException.badAnswer("a file has the size " + text);
        }
        return Long.parseLong(text);
    }
}
