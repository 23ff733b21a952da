package dev.text2image.pipelines;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.text2image.models.CLIPTextModel;
import dev.text2image.nn.Weights;
import dev.text2image.tokenizers.CLIPTokenizer;
import dev.text2image.tokenizers.TokenizedText;
import dev.text2image.tokenizers.WeightedPrompt;
import dev.text2image.tokenizers.WeightedTokens;
import dev.text2image.torch.Autograd;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * From the texts of a request to what the UNet sees of them.
 *
 * @param tokenizer turns texts into tokens
 * @param model turns tokens into embeddings
 * @param weights the model's weights
 * @param notes what the user should know is added here
 */
record PromptEncoder(CLIPTokenizer tokenizer, CLIPTextModel model, Weights weights, List<String> notes) {
    private static final int LONGEST_SHOWN = 60;

    /** The embeddings of each image: with guidance the negative ones first (2·b, n, d), else (b, n, d). */
    NDArray encode(NDManager manager, GenerationRequest request, boolean guided) {
        List<String> texts = new ArrayList<>(request.prompts());
        if (guided) {
            texts.addAll(request.negatives());
        }
        int chunks = request.promptWeighting() ? mostChunks(texts) : 0;
        NDArray positive = rows(manager, request.prompts(), request.promptEmbeds(), request.clipSkip(), chunks);
        NDList images = new NDList();
        if (guided) {
            // Clip skip is for prompts alone, as in diffusers.
            NDArray negative = rows(manager, request.negatives(), request.negativePromptEmbeds(), 0, chunks);
            images.addAll(forImages(negative, request));
        }
        images.addAll(forImages(positive, request));
        return NDArrays.concat(images, 0);
    }

    /** Repeats the embeddings of each prompt, or of one for all, for the images of it. */
    private static NDList forImages(NDArray rows, GenerationRequest request) {
        NDList each = rows.split(rows.size(0), 0); // (1, n, d)
        List<NDArray> ofImages = new ArrayList<>();
        for (int i = 0; i < request.promptCount(); i++) {
            NDArray row = each.get(each.size() == 1 ? 0 : i);
            ofImages.addAll(Collections.nCopies(request.numImagesPerPrompt(), row));
        }
        return new NDList(ofImages);
    }

    private NDArray rows(NDManager manager, List<String> texts, @Nullable NDArray given, int clipSkip, int chunks) {
        if (given != null) {
            NDArray moved = given.toDevice(manager.getDevice(), true);
            moved.attach(manager);
            return moved.toType(DataType.FLOAT32, false);
        }
        return chunks == 0 ? encode(manager, texts, clipSkip) : encodeWeighted(manager, texts, clipSkip, chunks);
    }

    /** Encodes texts that are cut at the tokenizer's length: (b, 77, d), float32. */
    NDArray encode(NDManager manager, List<String> texts, int clipSkip) {
        List<TokenizedText> tokenized = tokenizer.encode(texts);
        for (int i = 0; i < texts.size(); i++) {
            noteWhatIsLeftOut(texts.get(i), tokenized.get(i));
        }
        return hiddenStates(manager, tokenized.stream().map(TokenizedText::ids).toList(), clipSkip);
    }

    private void noteWhatIsLeftOut(String text, TokenizedText tokens) {
        if (tokens.truncated()) {
            String shown = text.length() <= LONGEST_SHOWN ? text : text.substring(0, LONGEST_SHOWN) + "...";
            notes.add("The prompt '" + shown + "' has " + tokens.tokenCount() + " tokens; the text encoder reads "
                    + tokens.ids().size() + ", so its end was left out: '" + tokenizer.decode(tokens.leftOut())
                    + "'.");
        }
    }

    /** The number of chunks of the longest prompt. */
    int mostChunks(List<String> prompts) {
        return prompts.stream()
                .mapToInt(
                        prompt -> tokenizer.encode(WeightedPrompt.parse(prompt)).size())
                .max()
                .orElse(1);
    }

    /** Encodes prompts with weights, each filled up with empty chunks: (b, 77 · chunks, d), float32. */
    NDArray encodeWeighted(NDManager manager, List<String> prompts, int clipSkip, int chunks) {
        List<WeightedTokens> all = new ArrayList<>();
        WeightedTokens empty = tokenizer.encode(WeightedPrompt.parse("")).get(0);
        for (String prompt : prompts) {
            List<WeightedTokens> own = tokenizer.encode(WeightedPrompt.parse(prompt));
            all.addAll(own);
            all.addAll(Collections.nCopies(chunks - own.size(), empty));
        }
        NDArray states =
                hiddenStates(manager, all.stream().map(WeightedTokens::ids).toList(), clipSkip); // (b·chunks, 77, d)
        NDArray weighted = PromptWeights.apply(states, weights(manager, all));
        return weighted.reshape(prompts.size(), (long) chunks * tokenizer.maxLength(), -1);
    }

    private NDArray weights(NDManager manager, List<WeightedTokens> chunks) {
        int length = tokenizer.maxLength();
        float[] values = new float[chunks.size() * length];
        for (int i = 0; i < values.length; i++) {
            values[i] = chunks.get(i / length).weights().get(i % length).floatValue();
        }
        return manager.create(values, new Shape(chunks.size(), length));
    }

    private NDArray hiddenStates(NDManager manager, List<List<Integer>> rows, int clipSkip) {
        try (Autograd.Scope pause = Autograd.pause();
                NDManager scratch = manager.newSubManager(model.device())) {
            long[] ids = rows.stream()
                    .flatMap(List::stream)
                    .mapToLong(Integer::longValue)
                    .toArray();
            NDArray states = model.forward(
                    weights, scratch.create(ids, new Shape(rows.size(), tokenizer.maxLength())), clipSkip);
            states.attach(manager);
            return states;
        }
    }
}
