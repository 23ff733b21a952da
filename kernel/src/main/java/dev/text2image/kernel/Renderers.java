package dev.text2image.kernel;

import ai.djl.ndarray.NDArray;
import dev.text2image.plots.Charts;
import dev.text2image.plots.HiDpi;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import javax.imageio.ImageIO;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;
import org.dflib.jjava.jupyter.kernel.display.RenderContext;
import org.dflib.jjava.jupyter.kernel.display.Renderer;
import org.dflib.jjava.jupyter.kernel.display.mime.MIMEType;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.internal.chartpart.Chart;
import tech.tablesaw.api.Table;

/** How the values of a notebook look: each as HTML or PNG, and as plain text. */
final class Renderers {
    private Renderers() {}

    static void register(Renderer renderer) {
        html(renderer, Html.class, html -> html);
        html(renderer, NDArray.class, ArrayView::of);
        html(renderer, Table.class, TableView::of);
        html(renderer, Record.class, RecordView::of);
        png(renderer, BufferedImage.class, image -> image, image -> "image " + size(image));
        png(
                renderer,
                ai.djl.modality.cv.Image.class,
                Renderers::unwrap,
                image -> "image " + image.getWidth() + " x " + image.getHeight());
        png(renderer, XYChart.class, Charts::image, Renderers::title);
        png(renderer, Chart.class, BitmapEncoder::getBufferedImage, Renderers::title);
    }

    private static <T> void html(Renderer renderer, Class<T> type, Function<T, Html> view) {
        renderer.createRegistration(type)
                .preferring(MIMEType.TEXT_HTML)
                .supporting(MIMEType.TEXT_PLAIN)
                .register((value, context) -> show(view.apply(value), context));
    }

    private static void show(Html html, RenderContext context) {
        context.renderIfRequested(MIMEType.TEXT_HTML, html::html);
        context.getOutputContainer().putText(html.text());
    }

    private static <T> void png(
            Renderer renderer, Class<T> type, Function<T, BufferedImage> image, Function<T, String> text) {
        renderer.createRegistration(type)
                .preferring(MIMEType.IMAGE_PNG)
                .supporting(MIMEType.TEXT_PLAIN)
                .register((value, context) -> {
                    context.renderIfRequested(MIMEType.IMAGE_PNG, (mime, data) -> putPng(data, image.apply(value)));
                    context.getOutputContainer().putText(text.apply(value));
                });
    }

    /** The metadata gives the nominal size, so that an image with two pixels for each point is shown sharp and not huge. */
    private static void putPng(DisplayData data, BufferedImage image) {
        int scale = HiDpi.pixelsPerPoint(image);
        if (scale == 1) {
            data.putData(MIMEType.IMAGE_PNG, encode(image));
            return;
        }
        Map<String, Object> size = new LinkedHashMap<>();
        size.put("width", image.getWidth() / scale);
        size.put("height", image.getHeight() / scale);
        data.putData(MIMEType.IMAGE_PNG, encode(image), size);
    }

    private static String encode(BufferedImage image) {
        var bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Base64.getEncoder().encodeToString(bytes.toByteArray());
    }

    private static BufferedImage unwrap(ai.djl.modality.cv.Image image) {
        return (BufferedImage) image.getWrappedImage();
    }

    private static String size(BufferedImage image) {
        return image.getWidth() + " x " + image.getHeight();
    }

    private static String title(Chart<?, ?> chart) {
        return chart.getTitle().isEmpty() ? "chart" : "chart: " + chart.getTitle();
    }
}
