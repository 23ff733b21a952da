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

    private TorchScriptArchive() {}

    static byte[] of(String methods) {
        String code =
                CLASS_HEAD + methods.lines().map(line -> "  " + line + "\n").collect(Collectors.joining());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            put(zip, "data.pkl", modulePickle());
            put(zip, "code/__torch__.py", code.getBytes(StandardCharsets.UTF_8));
            put(zip, "constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
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

    /** Pickle protocol 2 for {@code __torch__.M} with {@code training=False} and {@code _is_full_backward_hook=None}. */
    private static byte[] modulePickle() {
        ByteArrayOutputStream pickle = new ByteArrayOutputStream();
        pickle.write(0x80);
        pickle.write(2);
        text(pickle, "c__torch__\nM\n)");
        pickle.write(0x81);
        text(pickle, "}(");
        field(pickle, "training");
        pickle.write(0x89);
        field(pickle, "_is_full_backward_hook");
        text(pickle, "Nub.");
        return pickle.toByteArray();
    }

    private static void field(ByteArrayOutputStream pickle, String name) {
        text(pickle, "X");
        pickle.write(name.length());
        pickle.write(0);
        pickle.write(0);
        pickle.write(0);
        text(pickle, name);
    }

    private static void text(ByteArrayOutputStream pickle, String text) {
        pickle.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }
}
