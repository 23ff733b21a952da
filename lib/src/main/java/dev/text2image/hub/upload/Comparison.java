package dev.text2image.hub.upload;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.text2image.hub.HubApi;
import dev.text2image.hub.HubException;
import dev.text2image.hub.HubHttp;
import dev.text2image.hub.HubRequest;
import dev.text2image.hub.RepoId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Asks the hub how files are sent, and which of them a branch has already. */
final class Comparison {
    private static final int FILES_A_REQUEST = 256;

    private final HubHttp http;
    private final RepoId repo;
    private final String branch;
    /** Hashes of this push, which takes its files for unchanged while it lasts. */
    private final Map<String, String> hashes = new HashMap<>();

    Comparison(HubHttp http, RepoId repo, String branch) {
        this.http = http;
        this.repo = repo;
        this.branch = branch;
    }

    /** Returns the files that the branch has not, or has with another content; those that its .gitignore names are left out. */
    List<Change> changes(List<LocalFile> files) {
        List<Change> changes = new ArrayList<>();
        for (int from = 0; from < files.size(); from += FILES_A_REQUEST) {
            List<LocalFile> some = files.subList(from, Math.min(from + FILES_A_REQUEST, files.size()));
            Map<String, JsonObject> answers = ask(some);
            for (LocalFile file : some) {
                Change change = change(file, answers.get(file.path()));
                if (change != null) {
                    changes.add(change);
                }
            }
        }
        return changes;
    }

    private Map<String, JsonObject> ask(List<LocalFile> files) {
        JsonArray list = new JsonArray();
        for (LocalFile file : files) {
            JsonObject entry = new JsonObject();
            entry.addProperty("path", file.path());
            entry.addProperty("size", file.size());
            try {
                entry.addProperty("sample", file.sample());
            } catch (IOException e) {
                throw new UncheckedIOException("Cannot read " + file.place() + ": " + e.getMessage(), e);
            }
            list.add(entry);
        }
        JsonObject question = new JsonObject();
        question.add("files", list);
        HubRequest request = HubRequest.post(
                http.uri(repo.api() + "/preupload/" + HubHttp.encode(branch)), question, HubApi.subject(repo, branch));
        JsonElement entries =
                HubApi.object(http.json(request, http.persist(request))).get("files");
        Map<String, JsonObject> answers = new HashMap<>();
        if (entries instanceof JsonArray all) {
            all.forEach(entry -> answers.put(HubApi.text(HubApi.object(entry), "path"), HubApi.object(entry)));
        }
        return answers;
    }

    private @Nullable Change change(LocalFile file, @Nullable JsonObject answer) {
        String mode = answer == null ? null : HubApi.text(answer, "uploadMode");
        if (answer == null || mode == null || !List.of("lfs", "regular").contains(mode)) {
            throw HubException.badAnswer("it does not say how " + file.path() + " is sent");
        }
        if ("true".equals(HubApi.text(answer, "shouldIgnore"))) {
            return null;
        }
        boolean large = mode.equals("lfs") && file.size() > 0; // the store takes no empty contents
        String hash = hashes.computeIfAbsent(large + " " + file.path(), key -> hash(file, large));
        return hash.equals(HubApi.text(answer, "oid")) ? null : new Change(file, large, hash);
    }

    private static String hash(LocalFile file, boolean large) {
        try {
            return file.hash(large);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file.place() + ": " + e.getMessage(), e);
        }
    }
}
