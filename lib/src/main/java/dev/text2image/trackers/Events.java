package dev.text2image.trackers;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * The messages of TensorBoard's event files (tensorflow/core/util/event.proto, framework/summary.proto), as torch's
 * {@code SummaryWriter} fills them. Times are in seconds since 1970.
 */
final class Events {
    private static final String FILE_VERSION = "brain.Event:2";
    private static final int SESSION_START = 1;
    private static final int RGB = 3;
    private static final int STRING_TENSOR = 7;

    private Events() {}

    /** The first event of a file. */
    static ProtoMessage fileVersion(double time, String writer) {
        return event(time, 0).text(3, FILE_VERSION).message(10, new ProtoMessage().text(1, writer));
    }

    /** The version again, as torch writes it in front of {@link #sessionStart}. */
    static ProtoMessage fileVersionAt(double time, long step) {
        return event(time, step).text(3, FILE_VERSION);
    }

    /** Makes readers forget what earlier files of the directory say about this step and later ones. */
    static ProtoMessage sessionStart(double time, long step) {
        return event(time, step).message(7, new ProtoMessage().integer(1, SESSION_START));
    }

    /** Numbers, which TensorBoard keeps as float32. */
    static ProtoMessage scalars(double time, long step, Map<String, Double> values) {
        ProtoMessage summary = new ProtoMessage();
        values.forEach((tag, value) ->
                summary.message(1, new ProtoMessage().text(1, tag).float32(2, value.floatValue())));
        return event(time, step).message(5, summary);
    }

    /** An image as the bytes of a PNG file. */
    static ProtoMessage image(double time, long step, String tag, int width, int height, byte[] png) {
        ProtoMessage image = new ProtoMessage()
                .integer(1, height)
                .integer(2, width)
                .integer(3, RGB)
                .bytes(4, png);
        return summary(time, step, new ProtoMessage().text(1, tag).message(4, image));
    }

    /** A text, as a string tensor of shape (1). */
    static ProtoMessage text(double time, long step, String tag, String text) {
        ProtoMessage shape = new ProtoMessage().message(2, new ProtoMessage().integer(1, 1));
        ProtoMessage tensor = new ProtoMessage()
                .integer(1, STRING_TENSOR)
                .message(2, shape)
                .bytes(8, text.getBytes(StandardCharsets.UTF_8));
        return summary(
                time,
                step,
                new ProtoMessage()
                        .text(1, tag + "/text_summary")
                        .message(8, tensor)
                        .message(9, pluginData(new ProtoMessage().text(1, "text"))));
    }

    /** Data of a plugin under the tag that the plugin looks for. */
    static ProtoMessage plugin(double time, String tag, String plugin, ProtoMessage content) {
        ProtoMessage data = new ProtoMessage().text(1, plugin).message(2, content);
        return summary(time, 0, new ProtoMessage().text(1, tag).message(9, pluginData(data)));
    }

    private static ProtoMessage pluginData(ProtoMessage data) {
        return new ProtoMessage().message(1, data);
    }

    private static ProtoMessage summary(double time, long step, ProtoMessage value) {
        return event(time, step).message(5, new ProtoMessage().message(1, value));
    }

    private static ProtoMessage event(double time, long step) {
        return new ProtoMessage().float64(1, time).integer(2, step);
    }
}
