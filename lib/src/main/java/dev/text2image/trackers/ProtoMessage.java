package dev.text2image.trackers;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** A Protocol Buffers message, built field by field in the order of the field numbers. */
final class ProtoMessage {
    private interface Field {
        void write(CodedOutputStream out) throws IOException;
    }

    private final List<Field> fields = new ArrayList<>();

    /** Adds an int32, int64 or enum field; 0 is what a missing field means, and is left out. */
    ProtoMessage integer(int number, long value) {
        return value == 0 ? this : add(out -> out.writeInt64(number, value));
    }

    ProtoMessage float32(int number, float value) {
        return add(out -> out.writeFloat(number, value));
    }

    ProtoMessage float64(int number, double value) {
        return add(out -> out.writeDouble(number, value));
    }

    ProtoMessage text(int number, String value) {
        return add(out -> out.writeString(number, value));
    }

    ProtoMessage bytes(int number, byte[] value) {
        return add(out -> out.writeByteArray(number, value));
    }

    ProtoMessage message(int number, ProtoMessage value) {
        return bytes(number, value.toByteArray());
    }

    private ProtoMessage add(Field field) {
        fields.add(field);
        return this;
    }

    byte[] toByteArray() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        try {
            for (Field field : fields) {
                field.write(out);
            }
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("Memory cannot be written to.", e);
        }
        return bytes.toByteArray();
    }
}
