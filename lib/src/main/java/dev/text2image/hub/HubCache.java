package dev.text2image.hub;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.text2image.io.AtomicFiles;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.Json;
import dev.text2image.io.JsonFields;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The files of one repository in the cache, laid out as by huggingface_hub (file_download.py): {@code blobs/HASH} holds each content
 * once, {@code snapshots/COMMIT/FILE} links to it, {@code refs/BRANCH} names a commit, and {@code trees/COMMIT.json} lists all files
 * of a commit, those that are not downloaded too.
 */
final class HubCache {
    private static final int TREE_FORMAT = 1;

    private final Path root;
    private final Path folder;
    private final boolean links;
    private final RepoId repo;

    HubCache(HubSettings settings, RepoId repo) {
        this.repo = repo;
        root = settings.cache().toAbsolutePath().normalize();
        folder = root.resolve(repo.folder());
        links = settings.links();
    }

    Path snapshot(String commit) {
        return folder.resolve("snapshots").resolve(commit);
    }

    Path pointer(String commit, RepoFile file) {
        return SafeNames.inside(snapshot(commit), file.path());
    }

    Path blob(RepoFile file) {
        return folder.resolve("blobs").resolve(file.blob());
    }

    /** The lock's place is Python's too, but only Java's processes exclude each other by it: the kinds of lock differ. */
    Path lock(RepoFile file) {
        return root.resolve(".locks").resolve(repo.folder()).resolve(file.blob() + ".lock");
    }

    /** Says whether a file of a commit is there as a whole. */
    boolean has(String commit, RepoFile file) {
        Path pointer = pointer(commit, file);
        return Files.isRegularFile(pointer) && pointer.toFile().length() == file.size();
    }

    /** Says whether a content is there as a whole. */
    boolean hasBlob(RepoFile file) {
        Path blob = blob(file);
        return Files.isRegularFile(blob) && blob.toFile().length() == file.size();
    }

    /** Lets a file of a commit be found: by a link to its content, or without links by the content itself. */
    void point(String commit, RepoFile file, boolean contentIsNew) throws IOException {
        Path pointer = pointer(commit, file);
        Path blob = blob(file);
        Path parent = pointer.resolveSibling(".").normalize();
        Files.createDirectories(parent);
        if (!links || !link(pointer, parent.relativize(blob))) {
            if (contentIsNew) {
                Files.move(blob, pointer, StandardCopyOption.REPLACE_EXISTING);
            } else {
                AtomicFiles.writeFile(pointer, place -> Files.copy(blob, place));
            }
        }
    }

    /** Makes a link, in place of what is there; false if the system has none. */
    private static boolean link(Path pointer, Path target) throws IOException {
        Files.deleteIfExists(pointer); // a link to a content that is gone
        try {
            Files.createSymbolicLink(pointer, target);
            return true;
        } catch (FileAlreadyExistsException e) {
            return true; // another process was faster
        } catch (UnsupportedOperationException | IOException e) {
            return false; // Windows without the right to make links
        }
    }

    /** The commit that a branch or tag was at when it was last downloaded. */
    Optional<String> commitOf(String revision) {
        if (SafeNames.COMMIT.matcher(revision).matches()) {
            return Optional.of(revision);
        }
        Path ref = ref(revision);
        try {
            return Files.isRegularFile(ref)
                    ? Optional.of(SafeNames.commit(Files.readString(ref).strip(), repo))
                    : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + ref + ": " + e.getMessage(), e);
        }
    }

    private Path ref(String revision) {
        return SafeNames.inside(folder.resolve("refs"), revision);
    }

    /** Remembers the files of a commit, and that a revision is at it. */
    void record(String revision, RepoListing listing) {
        String commit = listing.commit();
        if (!Files.exists(tree(commit))) {
            JsonObject files = new JsonObject();
            listing.files().forEach(file -> files.add(file.path(), entry(file)));
            JsonObject tree = new JsonObject();
            tree.addProperty("format_version", TREE_FORMAT);
            tree.add("files", files);
            Json.write(tree(commit), tree);
        }
        if (!revision.equals(commit) && !commitOf(revision).equals(Optional.of(commit))) {
            AtomicFiles.writeString(ref(revision), commit);
        }
    }

    private static JsonObject entry(RepoFile file) {
        JsonObject entry = new JsonObject();
        entry.add("size", new JsonPrimitive(file.size()));
        entry.addProperty("blob_id", file.gitHash());
        if (file.sha256() != null) {
            entry.addProperty("lfs_sha256", file.sha256());
            entry.addProperty("lfs_size", file.size());
        }
        return entry;
    }

    private Path tree(String commit) {
        return folder.resolve("trees").resolve(commit + ".json");
    }

    /** The files of a commit, if they were listed, by this library or by Python, which lists them since version 1 or so. */
    Optional<RepoListing> listing(String commit) {
        Path file = tree(commit);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            JsonFields tree = JsonFields.read(file);
            JsonFields entries = tree.fields("files").orElseThrow();
            if (tree.integer("format_version") != TREE_FORMAT) {
                return Optional.empty();
            }
            List<RepoFile> files = new ArrayList<>();
            for (String path : entries.names()) {
                JsonFields entry = entries.fields(path).orElseThrow();
                String sha256 = entry.optionalString("lfs_sha256").orElse(null);
                long size = (long) entry.number(sha256 == null ? "size" : "lfs_size");
                files.add(new RepoFile(path, size, entry.string("blob_id"), sha256));
            }
            return Optional.of(new RepoListing(commit, files));
        } catch (InvalidInputException | NoSuchElementException e) {
            return Optional.empty(); // a damaged list is fetched again, or done without
        }
    }

    /** The size of everything that is kept of the repository, each content once. */
    static long size(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot list " + folder + ": " + e.getMessage(), e);
        }
    }
}
