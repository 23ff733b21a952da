package dev.text2image.io;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A safetensors file, opened for reading: 8 bytes with the length of the header, the header in JSON, the tensors' data.
 *
 * <p>Opening reads and checks the header against the file; after that every tensor is known to be there in full. Data is mapped
 * into memory tensor by tensor, so files may be larger than 2 GiB and nothing is read that is not asked for.
 *
 * @see <a href="https://github.com/huggingface/safetensors">the format</a>
 */
public final class SafeTensorsFile implements AutoCloseable {
    /** The longest header that is read or written, in bytes. */
    public static final int MAX_HEADER_SIZE = 100_000_000;

    private static final int LENGTH_SIZE = Long.BYTES;

    private final Path file;
    private final FileChannel channel;
    private final long dataStart;
    private final Map<String, TensorInfo> tensors;
    private final Map<String, String> metadata;

    private SafeTensorsFile(Path file, FileChannel channel) throws IOException {
        this.file = file;
        this.channel = channel;
        long headerSize = readHeaderSize(file, channel);
        SafeTensorsHeader header = SafeTensorsHeader.parse(file, headerText(channel, headerSize));
        dataStart = LENGTH_SIZE + headerSize;
        tensors = SafeTensorsLayout.check(file, header.tensors().values(), channel.size() - dataStart);
        metadata = Collections.unmodifiableMap(header.metadata());
    }

    /**
     * Opens a file and checks its header.
     *
     * @param file the file
     * @return the opened file, to be closed by the caller
     * @throws SafeTensorsException if the file breaks a rule of the format
     * @throws InvalidInputException if there is no such file
     * @throws UncheckedIOException if it cannot be read
     */
    public static SafeTensorsFile open(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new InvalidInputException("There is no file " + file + "; check the path.");
        }
        @Nullable FileChannel channel = null;
        boolean opened = false;
        try {
            channel = FileChannel.open(file);
            SafeTensorsFile result = new SafeTensorsFile(file, channel);
            opened = true;
            return result;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file + ": " + e.getMessage(), e);
        } finally {
            if (!opened && channel != null) {
                closeQuietly(channel);
            }
        }
    }

    /**
     * Returns the place of the file.
     *
     * @return the path it was opened with
     */
    public Path file() {
        return file;
    }

    /**
     * Returns all tensors by name.
     *
     * @return an unmodifiable map in the order of the data
     */
    public Map<String, TensorInfo> tensors() {
        return tensors;
    }

    /**
     * Returns the free-form text of the header.
     *
     * @return an unmodifiable map, empty if the file has none
     */
    public Map<String, String> metadata() {
        return metadata;
    }

    /**
     * Returns what the header says of a tensor.
     *
     * @param name the tensor's name
     * @return its type, shape and place
     * @throws InvalidInputException if the file has no such tensor
     */
    public TensorInfo info(String name) {
        TensorInfo info = tensors.get(name);
        if (info == null) {
            throw new InvalidInputException(file + " has no tensor '" + name + "' among its " + tensors.size()
                    + " tensors; check that the file belongs to this model.");
        }
        return info;
    }

    /**
     * Maps the data of one tensor into memory.
     *
     * @param name the tensor's name
     * @return a read-only, little-endian buffer, which stays valid after this file is closed
     * @throws InvalidInputException if the file has no such tensor, or it takes 2 GiB or more
     * @throws UncheckedIOException if the file cannot be read or was closed
     */
    public MappedByteBuffer data(String name) {
        TensorInfo info = info(name);
        checkSize(info, info.byteSize());
        try {
            MappedByteBuffer data =
                    channel.map(FileChannel.MapMode.READ_ONLY, dataStart + info.begin(), info.byteSize());
            data.order(ByteOrder.LITTLE_ENDIAN);
            return data;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    private void checkSize(TensorInfo info, long bytes) {
        if (bytes > Integer.MAX_VALUE) {
            throw new InvalidInputException("The tensor '" + info.name() + "' in " + file + " takes " + bytes
                    + " bytes; a single tensor must be smaller than 2 GiB.");
        }
    }

    /**
     * Reads one tensor into an array of its own memory. BF16, which the engine cannot take in, becomes FLOAT32 of the same values.
     *
     * @param manager the manager that the array belongs to and whose device it lies on
     * @param name the tensor's name
     * @return the array, in the type it is stored in but for BF16
     * @throws InvalidInputException if the file has no such tensor, or its type has no counterpart in the engine
     * @throws UncheckedIOException if the file cannot be read
     */
    public NDArray read(NDManager manager, String name) {
        TensorInfo info = info(name);
        Shape shape = new Shape(info.shape().stream().mapToLong(Long::longValue).toArray());
        DataType type = (info.dtype() == DType.BF16 ? DType.F32 : info.dtype()).dataType();
        checkSize(info, shape.size() * type.getNumOfBytes());
        if (info.byteSize() == 0) {
            return manager.create(shape, type);
        }
        if (manager.getDevice().isGpu()) {
            try (NDArray onCpu = fill(manager.create(shape, type, Device.cpu()), info)) {
                return onCpu.toDevice(manager.getDevice(), true);
            }
        }
        return fill(manager.create(shape, type), info);
    }

    /** Reads straight into the array's memory: pages mapped for a copy would stay until the garbage collector finds them. */
    private NDArray fill(NDArray array, TensorInfo info) {
        boolean complete = false;
        try {
            ByteBuffer memory = array.toByteBuffer(true).order(ByteOrder.LITTLE_ENDIAN);
            if (info.dtype() == DType.BF16) {
                widen(data(info.name()), memory);
            } else {
                read(memory, dataStart + info.begin());
            }
            complete = true;
            return array;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + file + ": " + e.getMessage(), e);
        } finally {
            if (!complete) {
                array.close();
            }
        }
    }

    private void read(ByteBuffer target, long position) throws IOException {
        while (target.hasRemaining()) {
            if (channel.read(target, position + target.position()) < 0) {
                throw new EOFException("it became shorter while it was read");
            }
        }
    }

    /** Turns bfloat16 into float32: the upper half of the same bits. */
    private static void widen(ByteBuffer halves, ByteBuffer floats) {
        while (halves.hasRemaining()) {
            floats.putInt(halves.getShort() << Short.SIZE);
        }
    }

    /** Closes the file; buffers and arrays that came from it stay valid. */
    @Override
    public void close() {
        closeQuietly(channel);
    }

    private static long readHeaderSize(Path file, FileChannel channel) throws IOException {
        long size = channel.size();
        if (size < LENGTH_SIZE) {
            throw SafeTensorsException.broken(
                    file, "it has " + size + " bytes, fewer than the 8 of the header's length");
        }
        ByteBuffer length = ByteBuffer.allocate(LENGTH_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        while (length.hasRemaining() && channel.read(length, length.position()) >= 0) {}
        long headerSize = length.flip().getLong();
        if (headerSize < 0 || headerSize > MAX_HEADER_SIZE) {
            throw SafeTensorsException.broken(
                    file,
                    "its header claims " + Long.toUnsignedString(headerSize) + " bytes, more than the "
                            + MAX_HEADER_SIZE + " allowed");
        }
        if (headerSize > size - LENGTH_SIZE) {
            throw SafeTensorsException.broken(
                    file, "its header claims " + headerSize + " bytes but " + (size - LENGTH_SIZE) + " follow");
        }
        return headerSize;
    }

    /** Reads the header piece by piece, so that a false one is refused before much memory is spent on it. */
    private static Reader headerText(FileChannel channel, long headerSize) throws IOException {
        channel.position(LENGTH_SIZE);
        InputStream bytes = new BoundedInputStream(Channels.newInputStream(channel), headerSize);
        return new InputStreamReader(
                bytes, StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT));
    }

    private static void closeQuietly(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
