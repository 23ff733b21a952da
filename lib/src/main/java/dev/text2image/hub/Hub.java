package dev.text2image.hub;

import dev.text2image.hub.HubException.Kind;
import dev.text2image.io.AtomicFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The Hugging Face hub: repositories by their names, kept in the cache that Python's huggingface_hub uses too.
 *
 * <p>A name means the same commit as long as the object lives, so that a run reads one version of its model although the branch goes
 * on. Threads may share it.
 */
public final class Hub {
    /** The branch that a repository has if none is named. */
    public static final String MAIN = "main";

    private static final Logger LOG = Logger.getLogger(Hub.class.getName());
    private static final Pattern FOLDER = Pattern.compile("(models|datasets)--([\\w\\-.]+)");
    private static volatile @Nullable Hub shared;

    private final HubSettings settings;
    private final HubHttp http;
    private final Map<String, RepoListing> seen = new ConcurrentHashMap<>();

    /**
     * A repository in the cache.
     *
     * @param repo its name
     * @param bytes what it takes
     * @param path its folder
     */
    public record Cached(RepoId repo, long bytes, Path path) {}

    /**
     * Makes a hub.
     *
     * @param settings where it and its cache are
     */
    public Hub(HubSettings settings) {
        this.settings = settings;
        this.http = new HubHttp(settings);
    }

    /**
     * Returns the hub that names are looked up on where a path is taken, by default that of the environment's variables.
     *
     * @return the hub
     * @throws HubException if one of the variables cannot be used
     */
    public static Hub shared() {
        Hub hub = shared;
        if (hub == null) {
            synchronized (Hub.class) {
                hub = shared == null ? new Hub(HubSettings.of(System.getenv())) : shared;
                shared = hub;
            }
        }
        return hub;
    }

    /**
     * Chooses the hub that names are looked up on where a path is taken.
     *
     * @param hub the hub; null for that of the environment's variables
     */
    public static void share(@Nullable Hub hub) {
        shared = hub;
    }

    /**
     * Returns the settings.
     *
     * @return where the hub and its cache are
     */
    public HubSettings settings() {
        return settings;
    }

    /**
     * Returns the connection.
     *
     * @return requests with these settings
     */
    public HubHttp http() {
        return http;
    }

    /**
     * Makes sure that files of a repository are in the cache. Offline, or if the hub cannot be reached, what was downloaded before
     * is used.
     *
     * @param repo the repository
     * @param revision a branch, a tag or a commit; null for {@value #MAIN}
     * @param choice which files
     * @return the directory that holds them, under their own names
     * @throws HubException if they are neither on the hub nor in the cache, may not be seen, or do not fit on the disk
     * @throws java.util.concurrent.CancellationException if the thread is interrupted
     */
    public Path download(RepoId repo, @Nullable String revision, FileChoice choice) {
        String wanted = SafeNames.revision(revision == null ? MAIN : revision);
        HubCache cache = new HubCache(settings, repo);
        Optional<Path> kept =
                settings.offline() || SafeNames.COMMIT.matcher(wanted).matches()
                        ? kept(cache, wanted, choice)
                        : Optional.empty();
        if (kept.isPresent()) {
            return kept.get();
        }
        if (settings.offline()) {
            throw new HubException(
                    Kind.NETWORK,
                    HubApi.subject(repo, revision) + " is not, or not as a whole, in the cache " + settings.cache()
                            + ", and HF_HUB_OFFLINE is set; unset it to download what is missing.");
        }
        RepoListing listing;
        try {
            listing = listing(repo, wanted);
        } catch (HubException e) {
            if (e.kind() != Kind.NETWORK) {
                throw e;
            }
            Path before = kept(cache, wanted, choice).orElseThrow(() -> notKept(repo, e));
            LOG.warning(() -> "The hub cannot be asked for " + repo + ", so what was downloaded before is used: "
                    + e.getMessage());
            return before;
        }
        new SnapshotDownload(http, cache, repo, listing.commit()).run(choice.choose(listing.files()));
        cache.record(wanted, listing);
        return cache.snapshot(listing.commit());
    }

    private RepoListing listing(RepoId repo, String revision) {
        return seen.computeIfAbsent(repo.page() + "@" + revision, key -> new HubApi(http).listing(repo, revision));
    }

    /**
     * Checks that a repository is there and holds what is needed, without downloading it. Nothing is checked offline, or if the hub
     * cannot be reached: what was downloaded before may do.
     *
     * @param repo the repository
     * @param revision a branch, a tag or a commit; null for {@value #MAIN}
     * @param choice which files
     * @throws dev.text2image.io.InvalidInputException if it is not there, may not be seen, or lacks what is needed
     */
    public void check(RepoId repo, @Nullable String revision, FileChoice choice) {
        if (settings.offline()) {
            return;
        }
        try {
            choice.choose(listing(repo, SafeNames.revision(revision == null ? MAIN : revision))
                    .files());
        } catch (HubException e) {
            if (e.kind() != Kind.NETWORK) {
                throw e;
            }
        }
    }

    /**
     * Says whether what is named can be opened here and now: a local path, a repository that the hub has, or one that was downloaded
     * before if the hub cannot be reached or may not be asked. Without a connection it takes no longer than a try.
     *
     * @param type what the repository holds
     * @param path a local path, or the name of a repository
     * @return false if there is no such path, and the repository is on no network and not in the cache
     * @throws HubException if the hub says that there is no such repository, or that it may not be seen
     */
    public boolean isWithinReach(RepoType type, Path path) {
        RepoId repo = RepoId.of(type, path).orElse(null);
        if (repo == null) {
            return Files.exists(path);
        }
        try {
            if (!settings.offline()) {
                listing(repo, MAIN);
                return true;
            }
        } catch (HubException e) {
            if (e.kind() != Kind.NETWORK) {
                throw e;
            }
        }
        return kept(new HubCache(settings, repo), MAIN, files -> List.of()).isPresent();
    }

    private HubException notKept(RepoId repo, HubException cause) {
        return new HubException(
                Kind.NETWORK,
                cause.getMessage() + " " + repo + " is not in the cache " + settings.cache() + " either.",
                cause);
    }

    /** What was downloaded before, if it is all that is needed. */
    private static Optional<Path> kept(HubCache cache, String revision, FileChoice choice) {
        return cache.commitOf(revision)
                .filter(commit -> {
                    Optional<RepoListing> listing = cache.listing(commit);
                    return Files.isDirectory(cache.snapshot(commit))
                            && (listing.isEmpty()
                                    || choice.choose(listing.get().files()).stream()
                                            .allMatch(file -> cache.has(commit, file)));
                })
                .map(cache::snapshot);
    }

    /**
     * Lists the repositories in the cache.
     *
     * @return those of models and data sets, sorted by name
     */
    public List<Cached> cached() {
        if (!Files.isDirectory(settings.cache())) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(settings.cache())) {
            List<Cached> found = new ArrayList<>();
            for (Path folder : folders.sorted().toList()) {
                Matcher name = FOLDER.matcher(String.valueOf(folder.getFileName()));
                if (name.matches() && Files.isDirectory(folder)) {
                    RepoType type = name.group(1).equals("models") ? RepoType.MODEL : RepoType.DATASET;
                    found.add(new Cached(
                            new RepoId(type, name.group(2).replaceFirst("--", "/")), HubCache.size(folder), folder));
                }
            }
            return List.copyOf(found);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot list " + settings.cache() + ": " + e.getMessage(), e);
        }
    }

    /**
     * Deletes a repository from the cache, with all its revisions.
     *
     * @param name its name
     * @return what was deleted: the model, the data set, or both of that name
     * @throws HubException if there is none
     */
    public List<Cached> free(String name) {
        List<Cached> found = cached().stream()
                .filter(entry -> entry.repo().name().equals(name))
                .toList();
        if (found.isEmpty()) {
            throw new HubException(
                    "The cache " + settings.cache() + " holds no " + name + "; ./run cache lists what it holds.");
        }
        for (Cached entry : found) {
            // The way in first: whoever looks while this goes on finds nothing instead of a part.
            for (String part : List.of("refs", "snapshots", "")) {
                AtomicFiles.deleteRecursively(entry.path().resolve(part));
            }
        }
        return found;
    }

    @Override
    public String toString() {
        return "Hub(" + settings.endpoint() + ", cache " + settings.cache() + ")";
    }
}
