package dev.text2image.hub;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/** Lets one thread of all processes at a time do something, by a lock on a file. */
final class FileLocks {
    /** The locks of this process, whose threads the system does not tell apart. */
    private static final Map<Path, ReentrantLock> OWN = new ConcurrentHashMap<>();

    private FileLocks() {}

    /** Work on files. */
    @FunctionalInterface
    interface Work {
        void run() throws IOException;
    }

    static void locked(Path file, Work work) throws IOException {
        ReentrantLock own = OWN.computeIfAbsent(file, unused -> new ReentrantLock());
        try {
            own.lockInterruptibly();
        } catch (InterruptedException e) {
            throw HubHttp.stopped(e);
        }
        try {
            Files.createDirectories(file.resolveSibling(".").normalize());
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                channel.lock(); // given back with the channel, and by the system if the process is killed
                work.run();
            }
        } finally {
            own.unlock();
        }
    }
}
