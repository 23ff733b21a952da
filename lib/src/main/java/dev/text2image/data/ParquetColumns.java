package dev.text2image.data;

import dev.text2image.data.formats.EncodedImage;
import dev.text2image.io.InvalidInputException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;

/**
 * The two columns of a Parquet file that are read.
 *
 * @param file the file
 * @param image the image column's name
 * @param caption the caption column's name
 * @param projection the file's schema with these columns only
 */
record ParquetColumns(Path file, String image, String caption, MessageType projection) {
    /** Finds the columns in a schema. */
    static ParquetColumns of(MessageType schema, String wantedImage, String wantedCaption, Path file) {
        List<String> all = schema.getFields().stream().map(Type::getName).toList();
        List<String> images = names(schema, ParquetColumns::holdsImages);
        String image = Columns.image(wantedImage, all, images, file.toString());
        List<String> texts = new ArrayList<>(names(schema, ParquetColumns::holdsCaptions));
        texts.remove(image);
        String caption = Columns.caption(wantedCaption, all, texts, file.toString());
        MessageType projection = new MessageType(schema.getName(), schema.getType(image), schema.getType(caption));
        return new ParquetColumns(file, image, caption, projection);
    }

    private static List<String> names(MessageType schema, Predicate<Type> filter) {
        return schema.getFields().stream().filter(filter).map(Type::getName).toList();
    }

    private static boolean holdsImages(Type type) {
        if (type.isPrimitive()) {
            return isBinary(type) && !isString(type);
        }
        GroupType group = type.asGroupType();
        return group.containsField("bytes") && isBinary(group.getType("bytes"));
    }

    private static boolean holdsCaptions(Type type) {
        if (type.isPrimitive()) {
            return isString(type);
        }
        return type.getLogicalTypeAnnotation() instanceof LogicalTypeAnnotation.ListLogicalTypeAnnotation
                && isString(element(type.asGroupType()));
    }

    /** Returns the type of a list's elements; old writers leave out the group around the element. */
    private static Type element(GroupType list) {
        Type repeated = list.getType(0);
        return repeated.isPrimitive() ? repeated : repeated.asGroupType().getType(0);
    }

    private static boolean isBinary(Type type) {
        return type.isPrimitive() && type.asPrimitiveType().getPrimitiveTypeName() == PrimitiveTypeName.BINARY;
    }

    private static boolean isString(Type type) {
        return isBinary(type)
                && type.getLogicalTypeAnnotation() instanceof LogicalTypeAnnotation.StringLogicalTypeAnnotation;
    }

    /** Returns the captions of a row. */
    List<String> captions(Group row, String where) {
        return Captions.of(value(row), caption, where);
    }

    private @Nullable Object value(Group row) {
        if (row.getFieldRepetitionCount(caption) == 0) {
            return null;
        }
        if (row.getType().getType(caption).isPrimitive()) {
            return row.getString(caption, 0);
        }
        Group list = row.getGroup(caption, 0);
        boolean bare = list.getType().getType(0).isPrimitive();
        List<Object> captions = new ArrayList<>();
        for (int i = 0; i < list.getFieldRepetitionCount(0); i++) {
            if (bare) {
                captions.add(list.getString(0, i));
            } else {
                Group item = list.getGroup(0, i);
                captions.add(item.getFieldRepetitionCount(0) == 0 ? List.of() : item.getString(0, 0));
            }
        }
        return captions;
    }

    /** Returns the file name that a row gives, or an empty string. */
    String name(Group row) {
        if (row.getType().getType(image).isPrimitive() || row.getFieldRepetitionCount(image) == 0) {
            return "";
        }
        Group struct = row.getGroup(image, 0);
        boolean named = struct.getType().containsField("path") && struct.getFieldRepetitionCount("path") > 0;
        return named ? struct.getString("path", 0) : "";
    }

    /** Returns the encoded image of a row, from the file that it names if it is not in the row itself. */
    byte[] image(Group row, String where) {
        if (row.getFieldRepetitionCount(image) > 0) {
            if (row.getType().getType(image).isPrimitive()) {
                return bytes(row.getBinary(image, 0));
            }
            Group struct = row.getGroup(image, 0);
            if (struct.getFieldRepetitionCount("bytes") > 0) {
                return bytes(struct.getBinary("bytes", 0));
            }
        }
        String name = name(row);
        if (name.isEmpty()) {
            throw new InvalidInputException(where + " has no image in the column \"" + image + "\".");
        }
        Path beside = new NormalizedNames().find(FolderScan.inside(file, name, where));
        if (!Files.isRegularFile(beside)) {
            throw new InvalidInputException(
                    where + " holds no image but names the file " + beside + ", which does not exist.");
        }
        return EncodedImage.of(beside.toString(), beside).bytes();
    }

    /** Copies a value. A dictionary may give lengths beyond its end; {@code getBytes} makes room for them before it notices. */
    private static byte[] bytes(Binary value) {
        ByteBuffer within = value.toByteBuffer();
        byte[] bytes = new byte[within.remaining()];
        within.get(bytes);
        return bytes;
    }
}
