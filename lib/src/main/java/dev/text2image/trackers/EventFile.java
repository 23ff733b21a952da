package dev.text2image.trackers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * A new event file in a directory of TensorBoard, named as its own writer names them, and after all that are there.
 *
 * <p>Each event is one record (tensorflow/core/lib/io/record_writer.h), all little-endian: uint64 length, uint32 masked CRC-32C of
 * the length, the message, uint32 masked CRC-32C of the message.
 */
final class EventFile extends AppendingFile {
    private static final AtomicInteger FILES = new AtomicInteger();
    private static final String PREFIX = "events.out.tfevents.";
    private static final Pattern TIME = Pattern.compile("^" + Pattern.quote(PREFIX) + "(\\d{10})\\.");
    private static final int CRC_MASK = 0xa282ead8;

    EventFile(Path directory) {
        super(newFile(directory));
        write(Events.fileVersion(now(), "dev.text2image.trackers"));
    }

    private static Path newFile(Path directory) {
        return directory.resolve(String.format(
                Locale.ROOT,
                "%s%010d.%s.%d.%d",
                PREFIX,
                Math.max((long) now(), newestIn(directory) + 1),
                hostName(),
                ProcessHandle.current().pid(),
                FILES.getAndIncrement()));
    }

    /** The time in the last file name, -1 if there is none. Readers go by the names, and a run may go on within a second. */
    private static long newestIn(Path directory) {
        if (!Files.isDirectory(directory)) {
            return -1;
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> TIME.matcher(String.valueOf(file.getFileName())))
                    .filter(Matcher::find)
                    .mapToLong(matcher -> Long.parseLong(matcher.group(1)))
                    .max()
                    .orElse(-1);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + directory + ": " + e.getMessage(), e);
        }
    }

    /** The present time as event files have it, in seconds since 1970. */
    static double now() {
        return System.currentTimeMillis() / 1e3;
    }

    void write(ProtoMessage event) {
        append(record(event.toByteArray()));
    }

    static byte[] record(byte[] message) {
        ByteBuffer record = ByteBuffer.allocate(Long.BYTES + 2 * Integer.BYTES + message.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(message.length);
        return record.putInt(maskedChecksum(record.array(), Long.BYTES))
                .put(message)
                .putInt(maskedChecksum(message, message.length))
                .array();
    }

    /** The checksum, rotated and shifted so that the checksum of data that holds a checksum is still a good one. */
    private static int maskedChecksum(byte[] bytes, int length) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, 0, length);
        return Integer.rotateRight((int) checksum.getValue(), 15) + CRC_MASK;
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost"; // the name only keeps files of several machines apart
        }
    }
}
