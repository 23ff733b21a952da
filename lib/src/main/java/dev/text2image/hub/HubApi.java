package dev.text2image.hub;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the hub says about repositories. */
public final class HubApi {
    private static final Logger LOG = Logger.getLogger(HubApi.class.getName());
    private static final Pattern NEXT = Pattern.compile("<([^>]+)>\\s*;\\s*rel=\"next\"");
    private static final int MAX_PAGES = 1000;

    private final HubHttp http;

    /**
     * Prepares questions.
     *
     * @param http the connection
     */
    public HubApi(HubHttp http) {
        this.http = http;
    }

    /** Asks for the commit that a revision stands for, and for the files at it. */
    RepoListing listing(RepoId repo, String revision) {
        String commit = commit(repo, revision);
        return new RepoListing(commit, files(repo, commit));
    }

    /**
     * Asks for the commit that a revision stands for.
     *
     * @param repo the repository
     * @param revision a branch, a tag or a commit
     * @return the commit, 40 hexadecimal digits
     * @throws HubException if there is none
     */
    public String commit(RepoId repo, String revision) {
        JsonObject info = object(get(repo.api() + "/revision/" + HubHttp.encode(revision), subject(repo, revision)));
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
            HubRequest request = HubRequest.get(page, subject(repo, null));
            HttpResponse<InputStream> response = http.send(request);
            JsonElement entries = http.json(request, response);
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
        return http.json(HubRequest.get(http.uri(path), subject));
    }

    /**
     * Names a repository in messages.
     *
     * @param repo the repository
     * @param revision a branch, a tag or a commit; null for {@value Hub#MAIN}
     * @return its type and name, and the revision if it is not the usual one
     */
    public static String subject(RepoId repo, @Nullable String revision) {
        boolean usual = revision == null || revision.equals(Hub.MAIN);
        return repo.type().words() + " " + repo + (usual ? "" : " (revision " + revision + ")");
    }

    /**
     * Takes a part of an answer for an object.
     *
     * @param element the part
     * @return the object
     * @throws HubException if it is none
     */
    public static JsonObject object(@Nullable JsonElement element) {
        if (element instanceof JsonObject object) {
            return object;
        }
        throw HubException.badAnswer("something in it is no object");
    }

    /**
     * Takes a text, a number or a truth value out of an object.
     *
     * @param object the object
     * @param name the name of the field
     * @return its text; null if there is none
     */
    public static @Nullable String text(JsonObject object, String name) {
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
