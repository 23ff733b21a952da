package dev.text2image.training.caching;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.text2image.data.CaptionedDataset;
import dev.text2image.io.ContentHash;
import dev.text2image.io.TensorCache;
import dev.text2image.models.CLIPTextModel;
import dev.text2image.progress.Progress;
import dev.text2image.tokenizers.CLIPTokenizer;
import dev.text2image.torch.Torch;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What the text encoder gives for each caption, and for the empty one. */
public final class TextCache implements AutoCloseable {
    private static final int CAPTIONS_PER_FILE = 256;

    private final TensorCache cache;
    private final boolean weighted;

    /**
     * Makes a cache.
     *
     * @param cache where the outputs are kept; owned by this object
     * @param weighted whether brackets in captions weigh words
     */
    TextCache(TensorCache cache, boolean weighted) {
        this.cache = cache;
        this.weighted = weighted;
    }

    /**
     * Divides the captions that are missing into parts, each of which becomes a file or, in memory, is one batch.
     *
     * @param dataset the captions
     * @param batchSize captions that are encoded at once
     * @param order all images, as {@link Caches#missing} says
     * @return the parts; whoever fills them in whatever order writes the same files
     */
    List<CachePart> missing(CaptionedDataset dataset, int batchSize, Collection<ImageVariant> order) {
        boolean ordered = isInMemory() && !order.isEmpty();
        Stream<Integer> rows = ordered
                ? order.stream().map(ImageVariant::row).distinct()
                : IntStream.range(0, dataset.size()).boxed();
        Stream<String> all = Stream.concat(Stream.of(""), rows.flatMap(row -> dataset.captions(row).stream()));
        List<String> captions = all.distinct()
                .filter(caption -> !cache.contains(ContentHash.of(caption)))
                .toList();
        return Caches.cut(captions, batchSize, ordered ? 1 : CAPTIONS_PER_FILE)
                .<CachePart>map(CachePart.OfCaptions::new)
                .toList();
    }

    boolean isInMemory() {
        return cache.isInMemory();
    }

    /**
     * Encodes the captions of a part.
     *
     * @param part the captions
     * @param tokenizer the tokenizer
     * @param model the text encoder
     * @param batchSize captions that are encoded at once
     * @param progress gets a step for each caption
     */
    void fill(
            CachePart.OfCaptions part, CLIPTokenizer tokenizer, CLIPTextModel model, int batchSize, Progress progress) {
        List<String> captions = part.captions();
        Map<String, float[]> done = new LinkedHashMap<>();
        try (NDManager manager = Torch.newManager(model.device())) {
            for (int from = 0; from < captions.size(); from += batchSize) {
                List<String> batch = captions.subList(from, Math.min(from + batchSize, captions.size()));
                encode(manager, model, tokenizer, batch, done);
                progress.steps(batch.size(), "");
            }
        }
        cache.add(done);
    }

    private void encode(
            NDManager manager,
            CLIPTextModel model,
            CLIPTokenizer tokenizer,
            List<String> captions,
            Map<String, float[]> done) {
        try (NDManager scratch = manager.newSubManager()) {
            TokenIds tokens = TokenIds.of(scratch, tokenizer, captions, weighted);
            float[] all = tokens.weigh(model.forward(tokens.ids())).toFloatArray();
            int size = all.length / captions.size();
            for (int i = 0; i < captions.size(); i++) {
                done.put(ContentHash.of(captions.get(i)), Arrays.copyOfRange(all, i * size, (i + 1) * size));
            }
        }
    }

    /**
     * Returns what the text encoder gave for captions.
     *
     * @param manager owner of the result
     * @param captions captions of the data set, or empty ones
     * @return hidden states (b, n, hidden_size)
     */
    public NDArray hiddenStates(NDManager manager, List<String> captions) {
        return cache.stack(manager, captions.stream().map(ContentHash::of).toList());
    }

    @Override
    public void close() {
        cache.close();
    }
}
