package dev.text2image.torch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * The file form of a TorchScript module without tensors of its own.
 *
 * <p>It is a zip with stored entries: the code, a pickled object of the class with its two standard fields, an empty tuple of
 * constants, and the version of the format (torch/csrc/jit/serialization/export_module.cpp).
 */
final class TorchScriptArchive {
    private static final String ROOT = "m/";
    private static final String CLASS_HEAD = """
            class M(Module):
              __parameters__ = []
              __buffers__ = []
              training : bool
              _is_full_backward_hook : Optional[bool]
            """;

    /** Pickle protocol 2 for {@code __torch__.M} with {@code training=False} and {@code _is_full_backward_hook=None}. */
    private static final String MODULE =
            "\u0080\2c__torch__\nM\n)\u0081}(" + "X\10\0\0\0training\u0089X\26\0\0\0_is_full_backward_hookNub.";

    /** The empty tuple. */
    private static final String CONSTANTS = "\u0080\2).";

    private TorchScriptArchive() {}

    static byte[] of(String methods) {
        String code =
                CLASS_HEAD + methods.lines().map(line -> "  " + line + "\n").collect(Collectors.joining());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            put(zip, "data.pkl", MODULE.getBytes(StandardCharsets.ISO_8859_1));
            put(zip, "code/__torch__.py", code.getBytes(StandardCharsets.UTF_8));
            put(zip, "constants.pkl", CONSTANTS.getBytes(StandardCharsets.ISO_8859_1));
            put(zip, "version", "10\n".getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void put(ZipOutputStream zip, String name, byte[] content) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(content);
        ZipEntry entry = new ZipEntry(ROOT + name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }
}
