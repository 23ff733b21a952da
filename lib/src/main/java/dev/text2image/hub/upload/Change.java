package dev.text2image.hub.upload;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Base64;

/**
 * A file whose content is not yet that of the branch.
 *
 * @param file the file
 * @param large whether the content goes to the store of large files, else it goes into the commit
 * @param hash the hash by which the hub names the content
 */
record Change(LocalFile file, boolean large, String hash) {
    /** The line of the commit. */
    JsonObject line() throws IOException {
        JsonObject value = new JsonObject();
        value.addProperty("path", file.path());
        if (large) {
            value.addProperty("algo", "sha256");
            value.addProperty("oid", hash);
            value.addProperty("size", file.size());
        } else {
            value.addProperty("encoding", "base64");
            value.addProperty("content", Base64.getEncoder().encodeToString(Files.readAllBytes(file.place())));
        }
        return Commit.line(large ? "lfsFile" : "file", value);
    }
}
