package dev.text2image.spark;

import dev.text2image.progress.Progress;
import dev.text2image.training.parallel.ProcessGroup;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/**
 * Processes that add up their numbers over sockets, each sending to the next one only (Patarasu and Yuan, 2009). The numbers are cut
 * into as many parts as there are processes; a part goes round once while each process adds its own, and once more as the sum. So every
 * sum is made in one order and one place, and a process sends 2·(n - 1)/n times its numbers, however many processes there are.
 *
 * <p>A process that ends closes its sockets, which ends its neighbours and so all others. A machine that is gone without a word no
 * longer answers the system's probes.
 */
final class Ring implements ProcessGroup, AutoCloseable {
    private static final int MEETING_SECONDS = 60;
    private static final int GREETING_MILLIS = 5000;
    private static final int GREETING_BYTES = 2 * Long.BYTES + Integer.BYTES;
    private static final int SECONDS_TO_PROBE = 15;
    private static final int PROBES = 3;

    private final int rank;
    private final List<String> addresses;
    private final SocketChannel next;
    private final SocketChannel previous;
    private final Selector selector;
    private final SelectionKey toNext;
    private final SelectionKey fromPrevious;
    private ByteBuffer sent = ByteBuffer.allocate(0);
    private ByteBuffer received = ByteBuffer.allocate(0);

    private Ring(int rank, List<String> addresses, SocketChannel next, SocketChannel previous) throws IOException {
        this.rank = rank;
        this.addresses = List.copyOf(addresses);
        this.next = next;
        this.previous = previous;
        this.selector = Selector.open();
        this.toNext = register(next);
        this.fromPrevious = register(previous);
    }

    private SelectionKey register(SocketChannel channel) throws IOException {
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        if (channel.supportedOptions().contains(ExtendedSocketOptions.TCP_KEEPIDLE)) {
            channel.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, SECONDS_TO_PROBE);
            channel.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, SECONDS_TO_PROBE);
            channel.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, PROBES);
        }
        channel.configureBlocking(false);
        return channel.register(selector, 0);
    }

    /**
     * Opens a port for the process before this one.
     *
     * @param host the name or address under which the others reach this machine
     * @return the port, to be closed by the caller
     * @throws IOException if the machine does not have that address
     */
    static ServerSocketChannel listen(String host) throws IOException {
        ServerSocketChannel port = ServerSocketChannel.open();
        try {
            return port.bind(new InetSocketAddress(InetAddress.getByName(host), 0));
        } catch (IOException e) {
            port.close();
            throw e;
        }
    }

    /**
     * Meets the others.
     *
     * @param port the port of this process, which the others know already
     * @param rank the number of this process, from 0
     * @param addresses host:port of all processes, at least two, in order
     * @param meeting what only the processes that belong together know
     * @return the ring, to be closed by the caller
     * @throws UncheckedIOException if a neighbour does not come
     */
    static Ring join(ServerSocketChannel port, int rank, List<String> addresses, UUID meeting) {
        int size = addresses.size();
        String nextAddress = addresses.get((rank + 1) % size);
        int before = Math.floorMod(rank - 1, size);
        String place = "cannot reach " + name((rank + 1) % size, addresses);
        SocketChannel next = null;
        SocketChannel previous = null;
        try {
            next = SocketChannel.open();
            next.socket().connect(socketAddress(nextAddress), (int) TimeUnit.SECONDS.toMillis(MEETING_SECONDS));
            next.write(greeting(meeting, rank));
            place = "was not reached by " + name(before, addresses);
            previous = accept(port, greeting(meeting, before).array());
            return new Ring(rank, addresses, next, previous);
        } catch (IOException e) {
            close(next, previous);
            throw new UncheckedIOException(name(rank, addresses) + " " + place + ": " + e.getMessage(), e);
        }
    }

    private static ByteBuffer greeting(UUID meeting, int rank) {
        return ByteBuffer.allocate(GREETING_BYTES)
                .putLong(meeting.getMostSignificantBits())
                .putLong(meeting.getLeastSignificantBits())
                .putInt(rank)
                .flip();
    }

    /** Waits for the process before this one; whoever else comes is sent away. */
    private static SocketChannel accept(ServerSocketChannel port, byte[] expected) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(MEETING_SECONDS);
        while (true) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                throw new SocketTimeoutException("Accept timed out");
            }
            port.socket().setSoTimeout((int) left);
            Socket come = port.socket().accept();
            come.setSoTimeout(GREETING_MILLIS);
            if (Arrays.equals(greetingOf(come), expected)) {
                return come.getChannel();
            }
            come.close();
        }
    }

    private static byte[] greetingOf(Socket stranger) {
        try {
            return stranger.getInputStream().readNBytes(GREETING_BYTES);
        } catch (IOException e) {
            return new byte[0];
        }
    }

    private static InetSocketAddress socketAddress(String address) {
        int end = address.lastIndexOf(':');
        return new InetSocketAddress(address.substring(0, end), Integer.parseInt(address.substring(end + 1)));
    }

    private static String name(int rank, List<String> addresses) {
        return "Process " + (rank + 1) + " of " + addresses.size() + " at " + addresses.get(rank);
    }

    @Override
    public int rank() {
        return rank;
    }

    @Override
    public int size() {
        return addresses.size();
    }

    /**
     * {@inheritDoc}
     *
     * @throws java.util.concurrent.CancellationException if the thread was interrupted; the ring cannot be used any more
     */
    @Override
    public void sum(float... values) {
        int most = Math.multiplyExact(
                Float.BYTES, Part.of(values.length, size() - 1, size()).size());
        if (sent.capacity() < most) {
            sent = buffer(most);
            received = buffer(most);
        }
        for (int i = 0; i < size() - 1; i++) {
            Part part = part(values, rank - i - 1);
            FloatBuffer sums = exchange(values, part(values, rank - i), part);
            for (int place = part.from(); place < part.to(); place++) {
                values[place] += sums.get();
            }
        }
        for (int i = 0; i < size() - 1; i++) {
            Part part = part(values, rank - i);
            exchange(values, part(values, rank + 1 - i), part).get(values, part.from(), part.size());
        }
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Places in an array, up to the one behind the last. */
    private record Part(int from, int to) {
        /** One of some parts that differ by one place at most; the last one is the largest. */
        static Part of(int all, int index, int count) {
            return new Part((int) ((long) all * index / count), (int) ((long) all * (index + 1) / count));
        }

        int size() {
            return to - from;
        }
    }

    private Part part(float[] values, int index) {
        return Part.of(values.length, Math.floorMod(index, size()), size());
    }

    /** Sends a part to the next process while that of another is received from the previous one. */
    private FloatBuffer exchange(float[] values, Part own, Part other) {
        sent.clear().limit(Float.BYTES * own.size());
        sent.asFloatBuffer().put(values, own.from(), own.size());
        received.clear().limit(Float.BYTES * other.size());
        int peer = rank + 1;
        try {
            while (sent.hasRemaining() || received.hasRemaining()) {
                toNext.interestOps(sent.hasRemaining() ? SelectionKey.OP_WRITE : 0);
                fromPrevious.interestOps(received.hasRemaining() ? SelectionKey.OP_READ : 0);
                selector.select();
                Progress.checkInterrupted();
                selector.selectedKeys().clear();
                peer = rank + 1;
                next.write(sent);
                peer = rank - 1;
                if (received.hasRemaining() && previous.read(received) < 0) {
                    throw new EOFException("the connection was closed");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    name(Math.floorMod(peer, size()), addresses) + " is gone (" + e.getMessage() + "), so "
                            + name(rank, addresses) + " ends too.",
                    e);
        }
        return received.flip().asFloatBuffer();
    }

    @Override
    public void close() {
        close(next, previous, selector);
    }

    private static void close(@Nullable Closeable... opened) {
        for (Closeable one : opened) {
            try {
                if (one != null) {
                    one.close();
                }
            } catch (IOException e) {
                throw new UncheckedIOException("A connection cannot be closed: " + e.getMessage(), e);
            }
        }
    }
}
