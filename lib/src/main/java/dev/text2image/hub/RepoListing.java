package dev.text2image.hub;

import java.util.List;

/**
 * What a repository holds at a commit.
 *
 * @param commit the commit, 40 hexadecimal digits
 * @param files its files
 */
record RepoListing(String commit, List<RepoFile> files) {
    RepoListing {
        files = List.copyOf(files);
    }
}
