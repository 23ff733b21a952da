package dev.text2image.hub.upload;

import com.google.gson.JsonObject;
import dev.text2image.hub.Hub;
import dev.text2image.hub.HubApi;
import dev.text2image.hub.HubException;
import dev.text2image.hub.HubException.Kind;
import dev.text2image.hub.HubHttp;
import dev.text2image.hub.HubRequest;
import dev.text2image.hub.RepoId;
import dev.text2image.hub.SafeNames;
import dev.text2image.hub.Transfers;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A model's repository on the hub that a directory is pushed to.
 *
 * <pre>{@code
 * PushTarget target = PushTarget.check(Hub.shared(), "my-model", null, false); // before long work
 * target.create();
 * System.out.println(target.push(directory, "Upload my model"));              // after it
 * }</pre>
 */
public final class PushTarget {
    private static final int CONFLICT = 409;
    private static final String CARD = "README.md";

    private final HubHttp http;
    private final RepoId repo;
    private final String branch;
    private final boolean isPrivate;
    private boolean exists;

    private PushTarget(HubHttp http, RepoId repo, String branch, boolean isPrivate) {
        this.http = http;
        this.repo = repo;
        this.branch = branch;
        this.isPrivate = isPrivate;
    }

    /**
     * Checks that the hub is there, whom the token belongs to, the name, and the right to write to a repository that exists. Nothing
     * is changed.
     *
     * @param hub the hub, with the token
     * @param name {@code "namespace/name"}, or {@code "name"} for one of the token's account
     * @param branch the branch; null for {@value Hub#MAIN}
     * @param isPrivate whether the repository is, or is made, for few people only
     * @return the target
     * @throws HubException if one of these does not hold, saying which
     */
    public static PushTarget check(Hub hub, String name, @Nullable String branch, boolean isPrivate) {
        String wanted = SafeNames.revision(branch == null ? Hub.MAIN : branch);
        if (hub.settings().offline()) {
            throw new HubException(Kind.NETWORK, "Publishing needs the network, and HF_HUB_OFFLINE is set; unset it.");
        }
        RepoId.model(name); // the name's own faults need no request
        RepoId repo = RepoId.model(Account.of(hub.http()).owned(name));
        PushTarget target = new PushTarget(hub.http(), repo, wanted, isPrivate);
        target.look();
        return target;
    }

    private void look() {
        try {
            JsonObject info = HubApi.object(http.json(get("")));
            exists = true;
            if (isPrivate && "false".equals(HubApi.text(info, "private"))) {
                throw new HubException(repo
                        + " exists and is public; make it private in its settings on the hub, or give another name.");
            }
        } catch (HubException e) {
            if (e.kind() != Kind.MISSING) {
                throw e;
            }
        }
        if (exists) {
            checkRight();
        }
    }

    private void checkRight() {
        HubRequest request = get("/auth-check/write");
        try {
            HubHttp.discard(http.send(request));
        } catch (HubException e) {
            if (e.kind() != Kind.MISSING) { // a hub of one's own may lack this question
                throw e;
            }
        }
    }

    private HubRequest get(String question) {
        return HubRequest.get(http.uri(repo.api() + question), HubApi.subject(repo, null));
    }

    /**
     * Returns the repository.
     *
     * @return its name, with its namespace
     */
    public RepoId repo() {
        return repo;
    }

    /**
     * Makes the repository and the branch, if there are none.
     *
     * @throws HubException if the token may not
     */
    public void create() {
        if (!exists) {
            String[] names = repo.name().split("/", 2);
            JsonObject wanted = new JsonObject();
            wanted.addProperty("organization", names[0]);
            wanted.addProperty("name", names[1]);
            wanted.addProperty("type", repo.type().jsonName());
            if (isPrivate) {
                wanted.addProperty("visibility", "private");
            }
            make(http.uri("api/repos/create"), wanted);
            exists = true;
        }
        if (!branch.equals(Hub.MAIN)) {
            make(http.uri(repo.api() + "/branch/" + HubHttp.encode(branch)), new JsonObject());
        }
    }

    private void make(URI place, JsonObject wanted) {
        try {
            HubHttp.discard(http.send(HubRequest.post(place, wanted, HubApi.subject(repo, branch))));
        } catch (HubException e) {
            if (e.status() != CONFLICT) { // it is there already
                throw e;
            }
        }
    }

    /**
     * Pushes a directory in one commit; makes the repository and the branch before, if there are none. What the branch has already
     * is left as it is, and contents that the hub has are not sent again. Files of the repository that the directory lacks stay.
     *
     * <p>Left out are what only this machine needs, {@code checkpoint-N}, {@code step-N}, {@code cache}, {@code optimizer.safetensors} and
     * {@code journal.jsonl}, and names that begin with a dot.
     *
     * @param directory the directory
     * @param message what the commit is called
     * @return what was done
     * @throws HubException if the directory holds nothing to push, its card is not valid, or the hub refuses something
     * @throws java.util.concurrent.CancellationException if the thread is interrupted; another push goes on
     */
    public Pushed push(Path directory, String message) {
        List<LocalFile> files = Files.isDirectory(directory) ? LocalFile.in(directory) : List.of();
        if (files.isEmpty()) {
            throw new HubException("There is nothing to push in " + directory + "; give the directory of a model.");
        }
        checkCard(files);
        create();
        Comparison comparison = new Comparison(http, repo, branch);
        List<Change> sent = List.of();
        for (int attempt = 1; ; attempt++) {
            List<Change> changes = comparison.changes(files);
            if (changes.isEmpty()) {
                return pushed(new HubApi(http).commit(repo, branch), sent);
            }
            sendLarge(changes);
            sent = changes;
            try {
                return pushed(Commit.make(http, repo, branch, message, changes), sent);
            } catch (HubException e) {
                if (e.kind() != Kind.NETWORK || attempt >= HubHttp.TRIES) {
                    throw e;
                }
                http.pause(attempt, ""); // the commit may have been made; comparing again tells
            }
        }
    }

    private void checkCard(List<LocalFile> files) {
        for (LocalFile file : files) {
            if (file.path().equals(CARD)) {
                JsonObject question = new JsonObject();
                question.addProperty("repoType", repo.type().jsonName());
                question.addProperty("content", file.text());
                HubHttp.discard(http.send(
                        HubRequest.post(http.uri("api/validate-yaml"), question, "the metadata of " + file.place())));
            }
        }
    }

    private void sendLarge(List<Change> changes) {
        // By content: two files with the same are sent once.
        Collection<Change> large = changes.stream()
                .filter(Change::large)
                .collect(Collectors.toMap(Change::hash, change -> change, (first, second) -> first, LinkedHashMap::new))
                .values();
        if (large.isEmpty()) {
            return;
        }
        AtomicLong counted = new AtomicLong();
        LargeFileUpload upload = new LargeFileUpload(http, repo, branch, counted);
        long total = large.stream().mapToLong(change -> change.file().size()).sum();
        Transfers.run(
                "upload " + repo,
                total,
                counted,
                large.stream()
                        .<Runnable>map(change -> () -> upload.send(change))
                        .toList());
    }

    private Pushed pushed(String commit, List<Change> sent) {
        long bytes = sent.stream().mapToLong(change -> change.file().size()).sum();
        return new Pushed(repo, http.uri(repo.page()), commit, sent.size(), bytes);
    }
}
