package dev.text2image.hub;

import org.jspecify.annotations.Nullable;

/**
 * A file of a repository at a commit, as the hub lists it.
 *
 * @param path its name with the folders it is in, separated by slashes
 * @param size its size in bytes
 * @param gitHash the hash of its entry in git, which is SHA-1 of the content with a header, unless the file is a large one
 * @param sha256 the hash of a large file's content; null for one that lies in git itself
 */
public record RepoFile(
        String path, long size, String gitHash, @Nullable String sha256) {
    /** Checks that the name and the hashes can become names in the cache. */
    public RepoFile {
        SafeNames.file(path);
        SafeNames.hash(gitHash, path);
        if (sha256 != null) {
            SafeNames.hash(sha256, path);
        }
        if (size < 0) {
            throw HubException.badAnswer(path + " has " + size + " bytes");
        }
    }

    /** The name of the content in the cache. */
    String blob() {
        return sha256 == null ? gitHash : sha256;
    }
}
