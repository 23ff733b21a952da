package dev.text2image.io;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Makes safetensors files by hand, right and wrong ones. */
final class SafeTensorsBytes {
    private SafeTensorsBytes() {}

    /** Puts a header with its true length in front of so many bytes of data. */
    static byte[] file(String header, int dataSize) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return file(json.length, json, dataSize);
    }

    /** Puts a header with any length in front of so many bytes of data. */
    static byte[] file(long headerSize, byte[] header, int dataSize) {
        return ByteBuffer.allocate(Long.BYTES + header.length + dataSize)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(headerSize)
                .put(header)
                .array();
    }

    /** Describes one tensor in JSON. */
    static String tensor(String name, String dtype, String shape, long begin, long end) {
        return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                .formatted(name, dtype, shape, begin, end);
    }
}
