package dev.text2image.hub.upload;

import dev.text2image.hub.RepoId;
import dev.text2image.io.ByteSize;
import java.net.URI;

/**
 * What a push did.
 *
 * @param repo the repository
 * @param page the address of its page
 * @param commit the branch's commit now
 * @param files how many files are new or changed; 0 if the branch had all of them
 * @param bytes their size
 */
public record Pushed(RepoId repo, URI page, String commit, int files, long bytes) {
    @Override
    public String toString() {
        String what = files == 0 ? "nothing new" : files + " files, " + ByteSize.text(bytes);
        return page + " (" + what + ", commit " + commit.substring(0, 8) + ")";
    }
}
