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
import dev.text2image.torch.Autograd;
import java.util.ArrayList;
import java.util.Arrays;
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
        NDArray positive = rows(manager, request.prompts(), request.promptEmbeds(), request.clipSkip());
        NDList images = new NDList();
        if (guided) {
            List<String> texts =
                    request.negativePrompts().isEmpty() ? List.of(request.negativePrompt()) : request.negativePrompts();
            // Clip skip is for prompts alone, as in diffusers.
            images.addAll(forImages(rows(manager, texts, request.negativePromptEmbeds(), 0), request));
        }
        images.addAll(forImages(positive, request));
        return NDArrays.concat(images, 0);
    }

    /** Repeats the embeddings of each prompt, or of one for all, for the images of it. */
    private static NDList forImages(NDArray rows, GenerationRequest request) {
        int prompts = request.promptCount();
        NDList each = rows.split(rows.size(0), 0); // (1, n, d)
        List<NDArray> ofImages = new ArrayList<>();
        for (int i = 0; i < prompts; i++) {
            NDArray row = each.get(each.size() == 1 ? 0 : i);
            ofImages.addAll(Collections.nCopies(request.numImagesPerPrompt(), row));
        }
        return new NDList(ofImages);
    }

    private NDArray rows(NDManager manager, List<String> texts, @Nullable NDArray given, int clipSkip) {
        if (given == null) {
            List<TokenizedText> tokenized = tokenizer.encode(texts);
            for (int i = 0; i < texts.size(); i++) {
                noteWhatIsLeftOut(texts.get(i), tokenized.get(i));
            }
            return encode(manager, tokenized, clipSkip);
        }
        NDArray moved = given.toDevice(manager.getDevice(), true);
        moved.attach(manager);
        return moved.toType(DataType.FLOAT32, false);
    }

    private void noteWhatIsLeftOut(String text, TokenizedText tokens) {
        if (tokens.truncated()) {
            String shown = text.length() <= LONGEST_SHOWN ? text : text.substring(0, LONGEST_SHOWN) + "...";
            notes.add("The prompt '" + shown + "' has " + tokens.tokenCount() + " tokens; the text encoder reads "
                    + tokens.ids().size() + ", so its end was left out: '" + tokenizer.decode(tokens.leftOut())
                    + "'.");
        }
    }

    /** Encodes tokens; the result is (b, n, d), float32. */
    NDArray encode(NDManager manager, List<TokenizedText> texts, int clipSkip) {
        try (Autograd.Scope pause = Autograd.pause();
                NDManager scratch = manager.newSubManager(model.device())) {
            long[] ids = texts.stream()
                    .flatMapToLong(text -> Arrays.stream(text.toLongArray()))
                    .toArray();
            NDArray embeddings = model.forward(
                    weights, scratch.create(ids, new Shape(texts.size(), tokenizer.maxLength())), clipSkip);
            embeddings.attach(manager);
            return embeddings;
        }
    }
}
