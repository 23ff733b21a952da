package dev.text2image.hub;

import dev.text2image.io.InvalidInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
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
        RepoId repo = repo(path, type).orElse(null);
        if (repo == null) {
            return path;
        }
        Path inside = path.getNameCount() == 2 ? Path.of("") : path.subpath(2, path.getNameCount());
        try {
            return Hub.shared().download(repo, revision, choice).resolve(inside);
        } catch (InvalidInputException e) {
            throw neither(path, repo, e);
        }
    }

    /**
     * Checks that a path means something, without downloading it: for what is needed later than something else that takes long.
     *
     * @param path what a person gave
     * @param type what the repository would hold
     * @param revision a branch, a tag or a commit; null for {@value Hub#MAIN}
     * @param choice which files would be downloaded
     * @throws InvalidInputException if it is no file or directory, but has the form of a name, and the hub has no such repository
     */
    public static void check(Path path, RepoType type, @Nullable String revision, FileChoice choice) {
        repo(path, type).ifPresent(repo -> {
            try {
                Hub.shared().check(repo, revision, choice);
            } catch (InvalidInputException e) {
                throw neither(path, repo, e);
            }
        });
    }

    private static Optional<RepoId> repo(Path path, RepoType type) {
        boolean isName = !path.isAbsolute() && path.getNameCount() >= 2 && !Files.exists(path);
        return isName ? RepoId.of(type, path.subpath(0, 2)) : Optional.empty();
    }

    private static InvalidInputException neither(Path path, RepoId repo, InvalidInputException cause) {
        String advice = repo.name().equals(TAKEN_DOWN)
                ? " This data set was taken down; name another, such as lambdalabs/naruto-blip-captions, or give the"
                        + " directory of a copy."
                : "";
        return new InvalidInputException(
                "There is no directory " + path + ", and as a name on the hub: " + cause.getMessage() + advice, cause);
    }
}
