package dev.text2image.models.networks;

import dev.text2image.nn.Module;
import dev.text2image.nn.graph.Embedding;
import dev.text2image.nn.graph.Functional;
import dev.text2image.nn.graph.LayerNorm;
import dev.text2image.nn.graph.Linear;
import dev.text2image.nn.graph.Tensor;
import dev.text2image.nn.graph.Trace;
import java.util.List;
import java.util.stream.IntStream;

/** The text transformer of CLIP (Radford et al., 2021; transformers, modeling_clip.py). */
public final class CLIPTextNetwork extends Module {
    private static final double EMBEDDING_DEVIATION = 0.02;

    private final Embedding tokens;
    private final Embedding positions;
    private final List<Layer> layers;
    private final LayerNorm normOut;

    /**
     * Declares the network.
     *
     * @param config its shape
     */
    public CLIPTextNetwork(CLIPTextConfig config) {
        int size = config.hiddenSize();
        tokens = child(
                "text_model.embeddings.token_embedding", new Embedding(config.vocabSize(), size, EMBEDDING_DEVIATION));
        positions = child(
                "text_model.embeddings.position_embedding",
                new Embedding(config.maxPositionEmbeddings(), size, EMBEDDING_DEVIATION));
        layers = children(
                "text_model.encoder.layers",
                IntStream.range(0, config.numHiddenLayers())
                        .mapToObj(i -> new Layer(config))
                        .toList());
        normOut = child("text_model.final_layer_norm", new LayerNorm(size, config.layerNormEps()));
    }

    /**
     * Encodes token ids.
     *
     * @param ids (b, n), int64
     * @param clipSkip how many of the last layers are left out
     * @return the last hidden state after the final norm, (b, n, size), float32
     */
    public Tensor forward(Tensor ids, int clipSkip) {
        Tensor x = Trace.segment(List.of(ids), in -> tokens.forward(in.get(0)).add(positions.positions(in.get(0))));
        for (Layer layer : layers.subList(0, layers.size() - clipSkip)) {
            x = Trace.segment(List.of(x), in -> layer.forward(in.get(0)));
        }
        return Trace.segment(List.of(x), in -> normOut.forward(in.get(0)).toFloat32());
    }

    private static final class Layer extends Module {
        private final LayerNorm norm1;
        private final Linear query;
        private final Linear key;
        private final Linear value;
        private final Linear out;
        private final LayerNorm norm2;
        private final Linear fc1;
        private final Linear fc2;
        private final int heads;
        private final CLIPTextConfig.Activation activation;

        Layer(CLIPTextConfig config) {
            int size = config.hiddenSize();
            heads = config.numAttentionHeads();
            activation = config.hiddenAct();
            norm1 = child("layer_norm1", new LayerNorm(size, config.layerNormEps()));
            query = child("self_attn.q_proj", new Linear(size, size, true));
            key = child("self_attn.k_proj", new Linear(size, size, true));
            value = child("self_attn.v_proj", new Linear(size, size, true));
            out = child("self_attn.out_proj", new Linear(size, size, true));
            norm2 = child("layer_norm2", new LayerNorm(size, config.layerNormEps()));
            fc1 = child("mlp.fc1", new Linear(size, config.intermediateSize(), true));
            fc2 = child("mlp.fc2", new Linear(config.intermediateSize(), size, true));
        }

        Tensor forward(Tensor x) {
            Tensor normed = norm1.forward(x);
            Tensor attended = Functional.multiHeadAttention(
                    query.forward(normed), key.forward(normed), value.forward(normed), heads, true);
            x = x.add(out.forward(attended)); // (b, n, size)
            Tensor hidden = fc1.forward(norm2.forward(x));
            Tensor activated = switch (activation) {
                case QUICK_GELU -> Functional.quickGelu(hidden);
                case GELU -> Functional.gelu(hidden);
            };
            return x.add(fc2.forward(activated));
        }
    }
}
