package dev.text2image.data;

import io.airlift.compress.Decompressor;
import io.airlift.compress.lz4.Lz4Decompressor;
import io.airlift.compress.snappy.SnappyDecompressor;
import io.airlift.compress.zstd.ZstdDecompressor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/**
 * Decompresses the pages of Parquet files; the reader's default would start Hadoop. The codecs are in Java, because native ones
 * leave their libraries in the temporary directory when a process is killed.
 */
final class ParquetCodecs implements CompressionCodecFactory {
    /** Decompresses one page whose size is known. */
    private interface PageCodec {
        byte[] decompress(byte[] compressed, int size) throws IOException;
    }

    @Override
    public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
        return switch (codec) {
            case UNCOMPRESSED -> page((compressed, size) -> compressed);
            case SNAPPY -> page((compressed, size) -> inflate(new SnappyDecompressor(), 22, compressed, size));
            case GZIP -> page(ParquetCodecs::unzip);
            case ZSTD -> page((compressed, size) -> inflate(new ZstdDecompressor(), 1 << 15, compressed, size));
            case LZ4_RAW -> page((compressed, size) -> inflate(new Lz4Decompressor(), 255, compressed, size));
            default ->
                throw new UnsupportedOperationException("it is compressed with " + codec
                        + "; SNAPPY, GZIP, ZSTD, LZ4_RAW and UNCOMPRESSED can be read");
        };
    }

    @Override
    public BytesInputCompressor getCompressor(CompressionCodecName codec) {
        throw new UnsupportedOperationException("Parquet files are only read.");
    }

    @Override
    public void release() {}

    private static byte[] unzip(byte[] compressed, int size) throws IOException {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(compressed))) {
            return in.readNBytes(Math.max(0, size));
        }
    }

    /** Decompresses what cannot become more than a number of times as long, a property of each format. */
    private static byte[] inflate(Decompressor codec, long expansion, byte[] compressed, int size) throws IOException {
        if (size < 0 || size > expansion * compressed.length) {
            throw new IOException("a page of " + compressed.length + " bytes claims to become " + size);
        }
        byte[] page = new byte[size];
        int length = codec.decompress(compressed, 0, compressed.length, page, 0, size);
        return length == size ? page : Arrays.copyOf(page, length);
    }

    private static BytesInputDecompressor page(PageCodec codec) {
        return new BytesInputDecompressor() {
            @Override
            public BytesInput decompress(BytesInput bytes, int size) throws IOException {
                byte[] page = codec.decompress(bytes.toInputStream().readAllBytes(), size);
                if (page.length != size) {
                    throw new IOException("a page has " + page.length + " bytes instead of " + size);
                }
                return BytesInput.from(page);
            }

            @Override
            public void decompress(ByteBuffer in, int compressedSize, ByteBuffer out, int size) throws IOException {
                byte[] compressed = new byte[compressedSize];
                in.get(compressed);
                out.put(codec.decompress(compressed, size));
            }

            @Override
            public void release() {}
        };
    }
}
