package dev.text2image.kernel.views;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.text2image.data.CaptionedDataset;
import dev.text2image.data.CaptionedImage;
import dev.text2image.data.images.RgbImage;
import dev.text2image.data.loading.Batch;
import dev.text2image.models.ModelSummary;
import dev.text2image.models.PretrainedModel;
import dev.text2image.nn.Weights;
import dev.text2image.pipelines.GeneratedImages;
import dev.text2image.pipelines.PipelineSummary;
import dev.text2image.pipelines.StableDiffusionPipeline;
import dev.text2image.plots.Charts;
import dev.text2image.plots.HiDpi;
import dev.text2image.plots.LiveChart;
import dev.text2image.plots.Pictures;
import dev.text2image.schedulers.NoiseSchedule;
import dev.text2image.schedulers.Scheduler;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.planning.TrainingEstimate;
import dev.text2image.training.planning.TrainingPlan;
import dev.text2image.training.records.TrainingHistory;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.BaseStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;
import org.dflib.jjava.jupyter.kernel.display.RenderContext;
import org.dflib.jjava.jupyter.kernel.display.Renderer;
import org.dflib.jjava.jupyter.kernel.display.mime.MIMEType;
import org.knowm.xchart.internal.chartpart.Chart;
import tech.tablesaw.api.Table;

/** How the values of a notebook look: each as HTML or PNG, and as plain text. */
public final class Renderers {
    private Renderers() {}

    /**
     * Registers a view for each type.
     *
     * @param renderer the renderer of the kernel
     */
    public static void register(Renderer renderer) {
        html(renderer, Html.class, html -> html);
        html(renderer, NDArray.class, ArrayView::of);
        html(renderer, NDList.class, ArrayView::of);
        html(renderer, Table.class, TableView::of);
        html(renderer, Record.class, RecordView::of);
        models(renderer);
        training(renderer);
        pictures(renderer);
        others(renderer);
    }

    private static void models(Renderer renderer) {
        html(renderer, ModelSummary.class, ModelView::of);
        html(renderer, PretrainedModel.class, ModelView::of);
        html(renderer, Weights.class, ModelView::of);
        html(renderer, PipelineSummary.class, ModelView::of);
        html(renderer, StableDiffusionPipeline.class, pipeline -> ModelView.of(pipeline.summary()));
    }

    private static void training(Renderer renderer) {
        html(renderer, TrainingConfig.class, TrainingView::of);
        html(renderer, TrainingEstimate.class, TrainingView::of);
        html(renderer, TrainingPlan.class, TrainingView::of);
        html(renderer, TrainingHistory.class, history -> TableView.of(history.table()));
        html(renderer, Scheduler.class, TrainingView::of);
        html(renderer, NoiseSchedule.class, TrainingView::of);
    }

    private static void pictures(Renderer renderer) {
        png(renderer, BufferedImage.class, PictureView::of);
        png(renderer, ai.djl.modality.cv.Image.class, image -> PictureView.of(Pictures.of(image)));
        png(renderer, RgbImage.class, image -> PictureView.of(Pictures.of(image)));
        png(renderer, CaptionedImage.class, image -> PictureView.of(Pictures.of(image)));
        png(renderer, CaptionedDataset.class, PictureView::of);
        png(renderer, Batch.class, batch -> PictureView.of(Pictures.of(batch)));
        png(renderer, GeneratedImages.class, Renderers::generated);
        png(renderer, LiveChart.class, chart -> new PictureView(Charts.image(chart.chart()), chart.toString()));
        png(renderer, Chart.class, chart -> new PictureView(Charts.image(chart), Charts.description(chart)));
    }

    private static PictureView generated(GeneratedImages generated) {
        PictureView view = PictureView.of(Pictures.of(generated));
        return generated.notes().isEmpty()
                ? view
                : new PictureView(view.image(), view.text() + "\n" + String.join("\n", generated.notes()));
    }

    /** What has no renderer of its own: arrays and collections, and all else by its own text. */
    private static void others(Renderer renderer) {
        html(renderer, Map.class, MapView::of);
        text(renderer, CharSequence.class, Abridged::text);
        text(renderer, Stream.class, stream -> "a Stream that was not run; .toList() shows its elements");
        text(
                renderer,
                BaseStream.class,
                stream -> "a stream of numbers that was not run; .toArray() shows its elements");
        elements(renderer, Collection.class);
        elements(renderer, Object.class);
    }

    private static <T> void text(Renderer renderer, Class<T> type, Function<T, String> view) {
        renderer.createRegistration(type)
                .preferring(MIMEType.TEXT_PLAIN)
                .register((value, context) -> context.getOutputContainer().putText(view.apply(value)));
    }

    private static <T> void elements(Renderer renderer, Class<T> type) {
        renderer.createRegistration(type)
                .preferring(MIMEType.IMAGE_PNG, MIMEType.TEXT_HTML)
                .supporting(MIMEType.TEXT_PLAIN)
                .register((value, context) -> {
                    if (!context.getOutputContainer().hasDataForType(MIMEType.TEXT_PLAIN)) {
                        showElements(value, context);
                    }
                });
    }

    /** Images as a grid, records of one kind as a table, others as text. */
    private static void showElements(Object value, RenderContext context) {
        List<?> list = listOf(value);
        Optional<PictureView> picture = PictureView.of(list);
        Optional<Html> table = RecordView.find(list);
        if (picture.isPresent()) {
            show(picture.get(), context);
        } else if (table.isPresent()) {
            show(table.get(), context);
        } else {
            context.getOutputContainer().putText(Abridged.text(value));
        }
    }

    private static List<?> listOf(Object value) {
        if (value instanceof List<?> list) {
            return list;
        }
        if (value instanceof Collection<?> collection) {
            return new ArrayList<>(collection);
        }
        return value.getClass().isArray() ? Abridged.listOf(value) : List.of();
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

    private static <T> void png(Renderer renderer, Class<T> type, Function<T, PictureView> view) {
        renderer.createRegistration(type)
                .preferring(MIMEType.IMAGE_PNG)
                .supporting(MIMEType.TEXT_PLAIN)
                .register((value, context) -> show(view.apply(value), context));
    }

    private static void show(PictureView view, RenderContext context) {
        context.renderIfRequested(MIMEType.IMAGE_PNG, (mime, data) -> putPng(data, view.image()));
        context.getOutputContainer().putText(view.text());
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
}
