package dev.text2image.hub.upload;

import dev.text2image.hub.Digests;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * A file that is pushed.
 *
 * @param path its name on the hub: relative, with slashes
 * @param place where it is
 * @param size its size in bytes
 */
record LocalFile(String path, Path place, long size) {
    private static final int SAMPLE_SIZE = 512;
    private static final Set<String> HIDDEN_BUT_MEANT = Set.of(".gitattributes", ".gitignore");
    /** What only this machine needs: states that a run goes on from, its images on the way, caches, the journal, which tells of the machine. */
    private static final Pattern LEFT_OUT = Pattern.compile(
            "(checkpoint|step)-\\d+|cache|(latents|text)-[0-9a-f]{16,}|__pycache__|optimizer\\.safetensors|journal\\.jsonl");

    /** Lists what is pushed of a directory, in the order of the names. Links to directories are not followed. */
    static List<LocalFile> in(Path directory) {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile)
                    .map(place -> of(directory.relativize(place), place))
                    .filter(file -> isMeant(Path.of(file.path())))
                    .sorted((one, other) -> one.path().compareTo(other.path()))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot list " + directory + ": " + e.getMessage(), e);
        }
    }

    private static LocalFile of(Path name, Path place) {
        try {
            return new LocalFile(name.toString().replace('\\', '/'), place, Files.size(place));
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + place + ": " + e.getMessage(), e);
        }
    }

    private static boolean isMeant(Path name) {
        return StreamSupport.stream(name.spliterator(), false)
                .map(Path::toString)
                .noneMatch(part ->
                        LEFT_OUT.matcher(part).matches() || (part.startsWith(".") && !HIDDEN_BUT_MEANT.contains(part)));
    }

    /** The whole content, as text. */
    String text() {
        try {
            return Files.readString(place);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + place + ": " + e.getMessage(), e);
        }
    }

    /** The first bytes, by which the hub tells texts from other files, in base 64. */
    String sample() throws IOException {
        try (InputStream in = Files.newInputStream(place)) {
            return Base64.getEncoder().encodeToString(in.readNBytes(SAMPLE_SIZE));
        }
    }

    /** The hash by which the hub names the content: SHA-256 of a large file, git's of another. */
    String hash(boolean large) throws IOException {
        return Digests.of(place, large ? Digests.sha256() : Digests.git(size));
    }
}
