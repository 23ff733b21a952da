package dev.text2image.data;

import com.github.luben.zstd.Zstd;
import io.airlift.compress.lz4.Lz4Decompressor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.xerial.snappy.Snappy;

/** Decompresses the pages of Parquet files with the codecs' own libraries; the reader's default would start Hadoop. */
final class ParquetCodecs implements CompressionCodecFactory {
    /** Decompresses one page whose size is known. */
    private interface Decompressor {
        byte[] decompress(byte[] compressed, int size) throws IOException;
    }

    @Override
    public BytesInputDecompressor getDecompressor(CompressionCodecName codec) {
        return switch (codec) {
            case UNCOMPRESSED -> page((compressed, size) -> compressed);
            case SNAPPY -> page((compressed, size) -> Snappy.uncompress(compressed));
            case GZIP -> page((compressed, size) -> unzip(compressed));
            case ZSTD -> page(ParquetCodecs::zstd);
            case LZ4_RAW -> page(ParquetCodecs::lz4);
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

    private static byte[] unzip(byte[] compressed) throws IOException {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(compressed))) {
            return in.readAllBytes();
        }
    }

    private static byte[] zstd(byte[] compressed, int size) {
        return Zstd.decompress(compressed, size);
    }

    private static byte[] lz4(byte[] compressed, int size) {
        byte[] page = new byte[size];
        new Lz4Decompressor().decompress(compressed, 0, compressed.length, page, 0, size);
        return page;
    }

    private static BytesInputDecompressor page(Decompressor codec) {
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
