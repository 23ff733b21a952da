package dev.text2image.hub;

import dev.text2image.io.ByteSize;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The download of some files of a commit, several at a time, with one progress bar. */
final class SnapshotDownload {
    private static final long MIB = 1 << 20;
    /** What stays free, for the snapshot's links and whatever else writes. */
    private static final long SPARE_BYTES = 16 * MIB;

    private final HubHttp http;
    private final HubCache cache;
    private final RepoId repo;
    private final String commit;
    private final AtomicLong counted = new AtomicLong();

    SnapshotDownload(HubHttp http, HubCache cache, RepoId repo, String commit) {
        this.http = http;
        this.cache = cache;
        this.repo = repo;
        this.commit = commit;
    }

    void run(List<RepoFile> files) {
        Map<String, List<RepoFile>> missing = files.stream()
                .filter(file -> !cache.has(commit, file))
                .collect(Collectors.groupingBy(RepoFile::blob, LinkedHashMap::new, Collectors.toList()));
        if (missing.isEmpty()) {
            return;
        }
        List<RepoFile> contents = missing.values().stream()
                .map(same -> same.get(0))
                .filter(file -> !cache.hasBlob(file))
                .toList();
        long total = contents.stream().mapToLong(RepoFile::size).sum();
        checkSpace(contents, total);
        Transfers.run(
                "download " + repo,
                total,
                counted,
                missing.values().stream()
                        .<Runnable>map(same -> () -> fetch(same))
                        .toList());
    }

    /** Fetches one content, and lets all files that have it be found. */
    private void fetch(List<RepoFile> same) {
        RepoFile first = same.get(0);
        try {
            FileLocks.locked(cache.lock(first), () -> {
                boolean isNew = !cache.hasBlob(first) && !cache.has(commit, first);
                if (isNew) {
                    new FileTransfer(http, address(first), first, cache.blob(first), counted).run();
                }
                for (int i = same.size() - 1; i >= 0; i--) { // the first comes last: without links it takes the content
                    if (!cache.has(commit, same.get(i))) {
                        cache.point(commit, same.get(i), isNew && i == 0);
                    }
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "Cannot write " + first.path() + " into " + cache.snapshot(commit) + ": " + e, e);
        }
    }

    private URI address(RepoFile file) {
        String path = Stream.of(file.path().split("/")).map(HubHttp::encode).collect(Collectors.joining("/"));
        return http.uri(repo.page() + "/resolve/" + commit + "/" + path);
    }

    private void checkSpace(List<RepoFile> contents, long total) {
        long there = contents.stream()
                .mapToLong(file -> FileTransfer.part(cache.blob(file)).toFile().length())
                .sum();
        Path disk = cache.snapshot(commit);
        while (!Files.exists(disk) && disk.getParent() != null) {
            disk = disk.getParent();
        }
        long free = disk.toFile().getUsableSpace();
        if (total - there + SPARE_BYTES > free) {
            throw new HubException(
                    repo + " takes " + ByteSize.text(total - there) + ", but the disk of " + disk + " has "
                            + ByteSize.text(free) + " free. Set HF_HOME to a directory on another disk, or make room:"
                            + " ./run cache lists what was downloaded.");
        }
    }
}
