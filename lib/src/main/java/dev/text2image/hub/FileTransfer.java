package dev.text2image.hub;

import dev.text2image.hub.HubException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The transfer of one content into the cache. What was fetched before a break, or before the process was killed, is kept beside its
 * place and gone on from; the content takes its place when size and hash are those that the hub lists.
 */
final class FileTransfer {
    private static final int TRIES = 5;
    private static final int BUFFER_SIZE = 1 << 18;

    private final HubHttp http;
    private final URI address;
    private final RepoFile file;
    private final Path place;
    private final Path part;
    private final AtomicLong counted;
    private String version = "";

    FileTransfer(HubHttp http, URI address, RepoFile file, Path place, AtomicLong counted) {
        this.http = http;
        this.address = address;
        this.file = file;
        this.place = place;
        this.part = part(place);
        this.counted = counted;
    }

    /** Where a content grows; Python's unfinished files have other names, so that neither side touches the other's. */
    static Path part(Path place) {
        return place.resolveSibling(place.getFileName() + ".part");
    }

    /** Fetches the content; to be called by one thread of all processes at a time. */
    void run() throws IOException {
        Files.createDirectories(place.resolveSibling(".").normalize());
        long before = Files.exists(part) ? Files.size(part) : 0;
        if (before > file.size()) {
            Files.delete(part);
            before = 0;
        }
        counted.addAndGet(before);
        fetchRest();
        if (!isRight()) {
            restart();
            if (before == 0) {
                throw wrongContent();
            }
            fetchRest(); // what an earlier process left was damaged
            if (!isRight()) {
                restart();
                throw wrongContent();
            }
        }
        Files.move(part, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private void fetchRest() throws IOException {
        try (FileChannel out = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            int failures = 0;
            while (out.size() < file.size()) {
                long before = out.size();
                try {
                    fetchOnce(out);
                } catch (IOException e) {
                    if (Thread.currentThread().isInterrupted()) {
                        throw HubHttp.stopped(e);
                    }
                    failures = out.size() > before ? 1 : failures + 1;
                    if (failures >= TRIES) {
                        throw HubHttp.unreachable(address, e);
                    }
                    http.pause(failures, "");
                }
            }
            out.force(true);
        }
    }

    private void fetchOnce(FileChannel out) throws IOException {
        long have = out.size();
        HttpResponse<InputStream> response = request(have);
        try (InputStream body = new StallGuard(response.body(), http.settings().timeout())) {
            if (have > 0 && !goesOn(response, have)) {
                out.truncate(0);
                counted.addAndGet(-have);
                have = 0;
                if (response.statusCode() == 206) {
                    version = "";
                    throw new IOException("the rest of the file is that of another one");
                }
            }
            version = version(response);
            long announced =
                    response.headers().firstValueAsLong("Content-Length").orElse(-1);
            if (announced > file.size() - have) {
                throw wrongSize(have + announced);
            }
            copy(body, out.position(have));
        }
        if (out.size() < file.size()) {
            throw new IOException("the answer ended after " + out.size() + " of " + file.size() + " bytes");
        }
    }

    private HttpResponse<InputStream> request(long from) throws IOException {
        Map<String, String> range = from == 0 ? Map.of() : Map.of("Range", "bytes=" + from + "-");
        HubRequest request = new HubRequest("GET", address, range, null, "the file " + file.path());
        try {
            return http.trySend(request);
        } catch (HubException e) {
            if (from == 0 || e.status() != 416) {
                throw e;
            }
            return http.trySend(HubRequest.get(address, "the file " + file.path()));
        }
    }

    /** Says whether an answer begins where the last one ended, and is of the same version. */
    private boolean goesOn(HttpResponse<InputStream> response, long from) {
        String range = response.headers().firstValue("Content-Range").orElse("");
        boolean same = version.isEmpty() || version.equals(version(response));
        return response.statusCode() == 206 && range.startsWith("bytes " + from + "-") && same;
    }

    private static String version(HttpResponse<InputStream> response) {
        return response.headers().firstValue("ETag").orElse("");
    }

    private void copy(InputStream body, FileChannel out) throws IOException {
        byte[] buffer = new byte[BUFFER_SIZE];
        for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
            if (out.position() + count > file.size()) {
                throw wrongSize(out.position() + count);
            }
            ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, count);
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            counted.addAndGet(count);
            if (Thread.currentThread().isInterrupted()) {
                throw new CancellationException("Stopped.");
            }
        }
    }

    private boolean isRight() throws IOException {
        MessageDigest digest = file.sha256() == null ? Digests.git(file.size()) : Digests.sha256();
        return Digests.of(part, digest).equals(file.blob());
    }

    private void restart() throws IOException {
        counted.addAndGet(-file.size());
        Files.deleteIfExists(part);
    }

    private HubException wrongContent() {
        return new HubException(
                Kind.NETWORK,
                file.path() + " came with another content than the hub lists (its "
                        + (file.sha256() == null ? "git hash" : "SHA-256")
                        + " differs), and was thrown away; try again.");
    }

    private HubException wrongSize(long bytes) {
        return new HubException(
                Kind.NETWORK,
                file.path() + " comes with " + bytes + " bytes or more, but the hub lists it with " + file.size()
                        + "; try again.");
    }
}
