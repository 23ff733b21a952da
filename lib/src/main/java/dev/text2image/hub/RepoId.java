package dev.text2image.hub;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The name of a repository on the hub.
 *
 * @param type what it holds
 * @param name {@code "namespace/name"}, or {@code "name"} for one of the oldest
 */
public record RepoId(RepoType type, String name) {
    private static final Pattern NAME = Pattern.compile("(\\b[\\w\\-.]+\\b/)?\\b[\\w\\-.]{1,96}\\b");

    /** Checks the name by the rules of huggingface_hub (utils/_validators.py). */
    public RepoId {
        String wrong = fault(name);
        if (!wrong.isEmpty()) {
            throw new HubException("'" + name + "' is no name of a " + type.words() + " on the hub: " + wrong
                    + ". A name is namespace/name, such as stable-diffusion-v1-5/stable-diffusion-v1-5.");
        }
    }

    private static String fault(String name) {
        if (name.chars().filter(c -> c == '/').count() > 1) {
            return "it has more than one slash";
        } else if (!NAME.matcher(name).matches()) {
            return "letters, digits, '-', '_' and '.' are allowed, at most 96 of them, with a letter, a digit or '_' at both ends";
        } else if (name.contains("--") || name.contains("..")) {
            return "'--' and '..' are not allowed";
        }
        return name.endsWith(".git") ? "it may not end in .git" : "";
    }

    /**
     * Names a model.
     *
     * @param name {@code "namespace/name"}
     * @return the name
     * @throws HubException if it breaks the hub's rules
     */
    public static RepoId model(String name) {
        return new RepoId(RepoType.MODEL, name);
    }

    /**
     * Names a data set.
     *
     * @param name {@code "namespace/name"}
     * @return the name
     * @throws HubException if it breaks the hub's rules
     */
    public static RepoId dataset(String name) {
        return new RepoId(RepoType.DATASET, name);
    }

    /**
     * Takes a path for a name, if it can be one and nothing is there: a local file or directory wins.
     *
     * @param type what the repository would hold
     * @param path what a person gave where a directory or a name is taken
     * @return the name; empty if it is a path that exists, or not of the form namespace/name
     */
    public static Optional<RepoId> of(RepoType type, Path path) {
        if (path.isAbsolute() || path.getNameCount() != 2 || Files.exists(path)) {
            return Optional.empty();
        }
        String name = path.getName(0) + "/" + path.getName(1);
        return fault(name).isEmpty() ? Optional.of(new RepoId(type, name)) : Optional.empty();
    }

    /** The folder in the cache, such as {@code models--namespace--name}. */
    String folder() {
        return type.plural() + "--" + name.replace("/", "--");
    }

    /**
     * Returns the address of the programming interface.
     *
     * @return its part behind the hub's own
     */
    public String api() {
        return "api/" + type.plural() + "/" + name;
    }

    /**
     * Returns the address of the page that people see.
     *
     * @return its part behind the hub's own
     */
    public String page() {
        return type.pathPrefix() + name;
    }

    @Override
    public String toString() {
        return name;
    }
}
