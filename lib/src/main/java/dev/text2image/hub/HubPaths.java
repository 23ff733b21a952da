package dev.text2image.hub;

import dev.text2image.io.InvalidInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Paths that may be names: wherever a directory is taken, the name of a repository is taken too. */
public final class HubPaths {
    private static final String TAKEN_DOWN = "lambdalabs/pokemon-blip-captions";

    private HubPaths() {}

    /**
     * Finds what a path means: what is there, or else a repository whose name are its first two parts, which is downloaded.
     *
     * @param path what a person gave
     * @param type what the repository would hold
     * @param revision a branch, a tag or a commit; null for {@value Hub#MAIN}
     * @param choice which files are downloaded
     * @return the path, or that of the same thing in the cache
     * @throws InvalidInputException if there is neither
     */
    public static Path resolve(Path path, RepoType type, @Nullable String revision, FileChoice choice) {
        if (path.isAbsolute() || path.getNameCount() < 2 || Files.exists(path)) {
            return path;
        }
        RepoId repo = RepoId.of(type, path.subpath(0, 2)).orElse(null);
        if (repo == null) {
            return path;
        }
        Path inside = path.getNameCount() == 2 ? Path.of("") : path.subpath(2, path.getNameCount());
        try {
            return Hub.shared().download(repo, revision, choice).resolve(inside);
        } catch (InvalidInputException e) {
            String advice = repo.name().equals(TAKEN_DOWN)
                    ? " This data set was taken down; name another, such as lambdalabs/naruto-blip-captions, or give the"
                            + " directory of a copy."
                    : "";
            throw new InvalidInputException(
                    "There is no directory " + path + ", and as a name on the hub: " + e.getMessage() + advice, e);
        }
    }
}
