package dev.text2image.hub;

import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;

/** Checks what the hub or a person names before it becomes part of a path or an address. */
public final class SafeNames {
    /** A commit: what a revision stands for. */
    static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

    private static final Pattern HASH = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");
    private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9_][\\w.\\-]*(/[\\w\\-][\\w.\\-]*)*");
    /** Names of devices on Windows, with any ending. */
    private static final Pattern DEVICE =
            Pattern.compile("(?i)(con|prn|aux|nul|com\\d|lpt\\d)(\\..*)?", Pattern.UNICODE_CASE);

    private static final Set<String> SPECIAL = Set.of("", ".", "..");

    private SafeNames() {}

    /**
     * Checks a branch, tag or commit that a person names.
     *
     * @param revision the name
     * @return the same
     * @throws HubException if it is none
     */
    public static String revision(String revision) {
        if (!REVISION.matcher(revision).matches() || revision.contains("..") || revision.length() > 250) {
            throw new HubException(
                    "'" + revision + "' is no revision; give a branch, a tag or a commit, such as main.");
        }
        return revision;
    }

    /**
     * Checks a commit that the hub names.
     *
     * @param commit the name
     * @param repo the repository, for messages
     * @return the same
     * @throws HubException if it is not 40 hexadecimal digits
     */
    public static String commit(String commit, RepoId repo) {
        if (!COMMIT.matcher(commit).matches()) {
            throw HubException.badAnswer(repo + " has the commit '" + printable(commit) + "', which is not 40 digits");
        }
        return commit;
    }

    static String hash(String hash, String file) {
        if (!HASH.matcher(hash).matches()) {
            throw HubException.badAnswer(file + " has the hash '" + printable(hash) + "'");
        }
        return hash;
    }

    /** Accepts relative names with slashes that stay below the directory they are resolved in, on every system. */
    static String file(String name) {
        boolean plain = name.indexOf('\\') < 0 && name.indexOf(':') < 0 && name.length() <= 1000;
        for (String part : name.split("/", -1)) {
            plain &= !SPECIAL.contains(part) && !DEVICE.matcher(part).matches() && !part.endsWith(" ");
        }
        if (!plain || name.chars().anyMatch(Character::isISOControl)) {
            throw HubException.badAnswer(
                    "it names a file '" + printable(name) + "', which could lie outside the cache");
        }
        return name;
    }

    /** Resolves a checked name, and makes sure once more that it stays inside. */
    static Path inside(Path directory, String name) {
        Path place = directory.resolve(file(name)).normalize();
        if (!place.startsWith(directory.normalize()) || place.equals(directory.normalize())) {
            throw HubException.badAnswer("it names a file '" + printable(name) + "', which lies outside the cache");
        }
        return place;
    }

    private static String printable(String text) {
        String clean = text.replaceAll("\\p{Cntrl}", "?");
        return clean.length() <= 120 ? clean : clean.substring(0, 120) + "...";
    }
}
