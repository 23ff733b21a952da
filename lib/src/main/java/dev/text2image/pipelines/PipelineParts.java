package dev.text2image.pipelines;

import static dev.text2image.pipelines.PipelineComponent.TEXT_ENCODER;
import static dev.text2image.pipelines.PipelineComponent.UNET;
import static dev.text2image.pipelines.PipelineComponent.VAE;

import dev.text2image.io.InvalidInputException;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.models.CLIPTextModel;
import dev.text2image.models.ModelOptions;
import dev.text2image.models.PretrainedModel;
import dev.text2image.models.UNet2DConditionModel;
import dev.text2image.models.networks.AutoencoderKLConfig;
import dev.text2image.models.networks.CLIPTextConfig;
import dev.text2image.models.networks.UNet2DConditionConfig;
import dev.text2image.tokenizers.CLIPTokenizer;
import java.util.ArrayList;
import java.util.List;

/**
 * The models of a pipeline.
 *
 * @param unet predicts noise
 * @param vae turns latents into images
 * @param textEncoder turns tokens into embeddings
 * @param tokenizer turns texts into tokens
 */
record PipelineParts(UNet2DConditionModel unet, AutoencoderKL vae, CLIPTextModel textEncoder, CLIPTokenizer tokenizer)
        implements AutoCloseable {
    /**
     * Loads all parts, the small ones first; if one fails, those already loaded are closed. The UNet, which runs at every step, is
     * copied into memory; the others may stay in their files.
     */
    static PipelineParts load(PipelineDirectory files, ModelOptions options) {
        ModelOptions seldomRun = options.withWeightsInFiles();
        List<PretrainedModel> loaded = new ArrayList<>();
        boolean complete = false;
        try {
            CLIPTokenizer tokenizer = CLIPTokenizer.load(files.tokenizer());
            CLIPTextModel textEncoder =
                    CLIPTextModel.fromPretrained(files.textEncoder(), files.options(TEXT_ENCODER, seldomRun));
            loaded.add(textEncoder);
            AutoencoderKL vae = AutoencoderKL.fromPretrained(files.vae(), files.options(VAE, seldomRun));
            loaded.add(vae);
            UNet2DConditionModel unet = UNet2DConditionModel.fromPretrained(files.unet(), files.options(UNET, options));
            loaded.add(unet);
            PipelineParts parts = new PipelineParts(unet, vae, textEncoder, tokenizer);
            parts.check();
            complete = true;
            return parts;
        } finally {
            if (!complete) {
                loaded.forEach(PretrainedModel::close);
            }
        }
    }

    /**
     * Checks that the parts fit together.
     *
     * @throws InvalidInputException listing all that does not
     */
    void check() {
        check(unet.config(), vae.config(), textEncoder.config(), tokenizer);
    }

    /**
     * Checks that parts of these shapes fit together.
     *
     * @throws InvalidInputException listing all that does not
     */
    static void check(
            UNet2DConditionConfig unet, AutoencoderKLConfig vae, CLIPTextConfig textEncoder, CLIPTokenizer tokenizer) {
        List<String> problems = new ArrayList<>();
        int embedding = textEncoder.hiddenSize();
        int attended = unet.crossAttentionDim();
        if (embedding != attended) {
            problems.add("the text encoder gives embeddings of size " + embedding + ", the UNet takes " + attended);
        }
        int latents = vae.latentChannels();
        if (unet.inChannels() != latents || unet.outChannels() != latents) {
            problems.add("the VAE has " + latents + " latent channels, the UNet takes " + unet.inChannels()
                    + " and gives " + unet.outChannels());
        }
        if (tokenizer.vocabularySize() > textEncoder.vocabSize()) {
            problems.add("the tokenizer has " + tokenizer.vocabularySize() + " tokens, the text encoder knows "
                    + textEncoder.vocabSize());
        }
        if (tokenizer.maxLength() > textEncoder.maxPositionEmbeddings()) {
            problems.add("the tokenizer gives " + tokenizer.maxLength() + " ids, the text encoder takes at most "
                    + textEncoder.maxPositionEmbeddings());
        }
        if (!problems.isEmpty()) {
            throw new InvalidInputException("The parts of the pipeline do not fit together: "
                    + String.join("; ", problems) + ". Use parts of the same model.");
        }
    }

    @Override
    public void close() {
        unet.close();
        vae.close();
        textEncoder.close();
    }
}
