package dev.text2image.pipelines;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.data.images.Images;
import dev.text2image.lora.LoraComponent;
import dev.text2image.lora.WeightedLora;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.models.CLIPTextModel;
import dev.text2image.models.ModelOptions;
import dev.text2image.models.UNet2DConditionModel;
import dev.text2image.nn.Weights;
import dev.text2image.progress.Progress;
import dev.text2image.schedulers.NoiseSource;
import dev.text2image.schedulers.SamplingState;
import dev.text2image.schedulers.Scheduler;
import dev.text2image.tokenizers.CLIPTokenizer;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.Torch;
import java.awt.Dimension;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Draws images from texts (Rombach et al., 2022; diffusers, pipeline_stable_diffusion.py). A safety checker in the model's
 * directory is not run.
 *
 * <p>The same request and the same seed draw the same images on the same device. Noise is always drawn on the CPU, from one stream
 * for the whole batch, or one for each image if each has a seed: the streams of {@code torch.Generator("cpu").manual_seed(seed)} in
 * Python.
 */
public final class StableDiffusionPipeline implements AutoCloseable {
    private final PipelineParts parts;
    private final Weights unetWeights;
    private final Weights textEncoderWeights;
    private final Scheduler scheduler;
    private final StepCallback refinement;
    private final Runnable end;

    private StableDiffusionPipeline(
            PipelineParts parts, Weights unetWeights, Weights textEncoderWeights, Scheduler scheduler, Runnable end) {
        this(parts, unetWeights, textEncoderWeights, scheduler, StepCallback.NONE, end);
    }

    private StableDiffusionPipeline(
            PipelineParts parts,
            Weights unetWeights,
            Weights textEncoderWeights,
            Scheduler scheduler,
            StepCallback refinement,
            Runnable end) {
        this.parts = parts;
        this.unetWeights = unetWeights;
        this.textEncoderWeights = textEncoderWeights;
        this.scheduler = scheduler;
        this.refinement = refinement;
        this.end = end;
    }

    /**
     * Loads a model. On a CPU the weights of its text encoder and its autoencoder stay in their files where they can, see {@link
     * ModelOptions#withWeightsInFiles}.
     *
     * @param directory a directory in the layout of diffusers, a single file, or the name of a model on the hub
     * @param options device, number formats and variant; a part that has no weights of the variant is loaded without it, unless
     *     none has
     * @return the pipeline, which owns its parts
     * @throws dev.text2image.io.InvalidInputException if files are missing, damaged or not supported
     */
    public static StableDiffusionPipeline fromPretrained(Path directory, ModelOptions options) {
        return load(PipelineDirectory.open(directory, null, options.variant(), Set.of()), options);
    }

    /**
     * Loads a model from one safetensors file.
     *
     * @param file the file, and how it is read
     * @param options device and number formats
     * @return the pipeline, which owns its parts
     * @throws dev.text2image.io.InvalidInputException if it is no such file
     */
    public static StableDiffusionPipeline fromSingleFile(SingleFileModel file, ModelOptions options) {
        return load(file.open(), options);
    }

    private static StableDiffusionPipeline load(PipelineDirectory files, ModelOptions options) {
        Scheduler scheduler = files.scheduler();
        PipelineParts parts = PipelineParts.load(files, options);
        return new StableDiffusionPipeline(
                parts, parts.unet().weights(), parts.textEncoder().weights(), scheduler, parts::close);
    }

    /**
     * Loads a model in float32 on the default device.
     *
     * @param directory a directory in the layout of diffusers, a single file, or the name of a model on the hub
     * @return the pipeline, which owns its parts
     * @throws dev.text2image.io.InvalidInputException if files are missing, damaged or not supported
     */
    public static StableDiffusionPipeline fromPretrained(Path directory) {
        return fromPretrained(directory, ModelOptions.defaults());
    }

    /**
     * Makes a pipeline of parts that stay the caller's, for example to sample during training.
     *
     * @param unet the UNet
     * @param vae the autoencoder
     * @param textEncoder the text encoder
     * @param tokenizer the tokenizer
     * @param scheduler the sampler, for example {@link PipelineDirectory#scheduler}
     * @return the pipeline; closing it closes none of the parts
     * @throws dev.text2image.io.InvalidInputException if the parts do not fit together
     */
    public static StableDiffusionPipeline of(
            UNet2DConditionModel unet,
            AutoencoderKL vae,
            CLIPTextModel textEncoder,
            CLIPTokenizer tokenizer,
            Scheduler scheduler) {
        PipelineParts parts = new PipelineParts(unet, vae, textEncoder, tokenizer);
        parts.check();
        return new StableDiffusionPipeline(parts, unet.weights(), textEncoder.weights(), scheduler, () -> {});
    }

    /**
     * Returns a view of this pipeline whose UNet has other weights, for example those of an exponential moving average.
     *
     * @param weights weights of the same UNet, which stay the caller's
     * @return the view, valid as long as this pipeline; it need not be closed
     */
    public StableDiffusionPipeline withUnetWeights(Weights weights) {
        return new StableDiffusionPipeline(parts, weights, textEncoderWeights, scheduler, refinement, () -> {});
    }

    /**
     * Returns a view of this pipeline whose text encoder has other weights, for example those of an exponential moving average.
     *
     * @param weights weights of the same text encoder, which stay the caller's
     * @return the view, valid as long as this pipeline; it need not be closed
     */
    public StableDiffusionPipeline withTextEncoderWeights(Weights weights) {
        return new StableDiffusionPipeline(parts, unetWeights, weights, scheduler, refinement, () -> {});
    }

    /**
     * Returns a view of this pipeline with another sampler.
     *
     * @param other the sampler, for example {@code DDIMScheduler.from(pipeline.scheduler().config())}
     * @return the view, valid as long as this pipeline; it need not be closed
     */
    public StableDiffusionPipeline withScheduler(Scheduler other) {
        return new StableDiffusionPipeline(parts, unetWeights, textEncoderWeights, other, refinement, () -> {});
    }

    /**
     * Returns a view of this pipeline whose last steps are taken by another UNet. This one decides about the layout, which the first
     * steps settle; the other one about colours and surfaces. So what a fine-tuning has learned of a style reaches subjects that it
     * has not seen (as the experts of arXiv 2211.01324 and the refiner of Stable Diffusion XL take turns).
     *
     * @param refiner a view of this pipeline, for example one of {@link #withLora}, or another pipeline with the same latents and text
     *     encoder; its UNet alone is used, and it must stay open as long as the view
     * @param switchAt the share of the steps after which the other UNet takes over, above 0 and below 1
     * @return the view, valid as long as this pipeline; it need not be closed
     * @throws IllegalArgumentException for another share
     */
    public StableDiffusionPipeline withRefiner(StableDiffusionPipeline refiner, double switchAt) {
        if (!(switchAt > 0 && switchAt < 1)) {
            throw new IllegalArgumentException(
                    "switchAt is " + switchAt
                            + "; it must be above 0 and below 1: the share of the steps after which the other UNet takes over.");
        }
        StepCallback refining = step -> step.share() >= switchAt ? step.withUnetOf(refiner) : step;
        return new StableDiffusionPipeline(parts, unetWeights, textEncoderWeights, scheduler, refining, () -> {});
    }

    /**
     * Returns a view of this pipeline whose models are changed by a LoRA file; several are chained.
     *
     * @param file the file, the directory that it lies in, or its name on the hub; of diffusers, peft or kohya's scripts
     * @param weight how strongly it changes the models: 1 as it was trained
     * @return the view, to be closed by the caller after the views that were made of it; this pipeline must stay open as long
     * @throws dev.text2image.io.InvalidInputException if the file cannot be read, or was made for another model
     */
    public StableDiffusionPipeline withLora(Path file, double weight) {
        return withLora(WeightedLora.of(file, weight));
    }

    /**
     * Returns a view of this pipeline whose models are changed by a LoRA file, some of their blocks more than others.
     *
     * @param lora the file with its weights
     * @return as {@link #withLora(Path, double)}
     * @throws dev.text2image.io.InvalidInputException if the file cannot be read, was made for another model, or has no adapter in a block
     *     with a weight of its own
     */
    public StableDiffusionPipeline withLora(WeightedLora lora) {
        Weights unet = lora.addTo(LoraComponent.UNET, parts.unet().layers(), unetWeights);
        Weights text;
        try {
            text = lora.addTo(LoraComponent.TEXT_ENCODER, parts.textEncoder().layers(), textEncoderWeights);
        } catch (RuntimeException e) {
            closeIfNot(unet, unetWeights);
            throw e;
        }
        return new StableDiffusionPipeline(parts, unet, text, scheduler, refinement, () -> {
            closeIfNot(unet, unetWeights);
            closeIfNot(text, textEncoderWeights);
        });
    }

    private static void closeIfNot(Weights weights, Weights shared) {
        if (weights != shared) {
            weights.close();
        }
    }

    /**
     * Returns the UNet.
     *
     * @return the network with the weights that it was loaded with; {@link #withUnetWeights} does not change them
     */
    public UNet2DConditionModel unet() {
        return parts.unet();
    }

    /**
     * Returns the autoencoder.
     *
     * @return the autoencoder, which stays the pipeline's
     */
    public AutoencoderKL vae() {
        return parts.vae();
    }

    /**
     * Returns the text encoder.
     *
     * @return the network with the weights that it was loaded with; {@link #withTextEncoderWeights} does not change them
     */
    public CLIPTextModel textEncoder() {
        return parts.textEncoder();
    }

    /**
     * Returns the tokenizer.
     *
     * @return the tokenizer
     */
    public CLIPTokenizer tokenizer() {
        return parts.tokenizer();
    }

    /**
     * Returns the sampler.
     *
     * @return the scheduler
     */
    public Scheduler scheduler() {
        return scheduler;
    }

    /**
     * Sums up the parts.
     *
     * @return the models with their parameters, the tokenizer and the sampler
     */
    public PipelineSummary summary() {
        return PipelineSummary.of(parts, scheduler.getClass().getSimpleName());
    }

    /**
     * Encodes texts for the UNet.
     *
     * @param manager owner of the result
     * @param prompts any texts; what is beyond the tokenizer's maximum length is left out
     * @return text embeddings (b, 77, cross_attention_dim), float32, on the text encoder's device
     */
    public NDArray encodePrompts(NDManager manager, List<String> prompts) {
        return encoder(new ArrayList<>()).encode(manager, prompts, 0);
    }

    /**
     * Encodes prompts whose brackets weigh words ({@link dev.text2image.tokenizers.WeightedPrompt}), of any length.
     *
     * @param manager owner of the result
     * @param prompts prompts with brackets; shorter ones are filled up to the longest
     * @return text embeddings (b, 77 · chunks, cross_attention_dim), float32, on the text encoder's device
     * @throws dev.text2image.io.InvalidInputException if brackets have no partner
     */
    public NDArray encodeWeightedPrompts(NDManager manager, List<String> prompts) {
        PromptEncoder encoder = encoder(new ArrayList<>());
        try (Autograd.Scope pause = Autograd.pause();
                NDManager scratch = manager.newSubManager(parts.textEncoder().device())) {
            NDArray embeddings = encoder.encodeWeighted(scratch, prompts, 0, encoder.mostChunks(prompts));
            embeddings.attach(manager);
            return embeddings;
        }
    }

    private PromptEncoder encoder(List<String> notes) {
        return new PromptEncoder(parts.tokenizer(), parts.textEncoder(), textEncoderWeights, notes);
    }

    /**
     * Decodes latents, one image after the other to save memory.
     *
     * @param latents (b, c, h, w), scaled as the UNet sees them, on the autoencoder's device; only read
     * @return the images, of type {@link BufferedImage#TYPE_INT_RGB}
     * @throws java.util.concurrent.CancellationException if the thread was interrupted
     */
    public List<BufferedImage> decode(NDArray latents) {
        try (Autograd.Scope pause = Autograd.pause();
                NDManager scratch = latents.getManager().newSubManager()) {
            List<NDArray> decoded = new ArrayList<>();
            NDList each = latents.split(latents.size(0), 0);
            each.attach(scratch);
            for (NDArray one : each) {
                Progress.checkInterrupted();
                decoded.add(LatentImages.decodeToSamples(parts.vae(), one));
            }
            return decoded.stream() // read behind all of them, as reading waits for a GPU
                    .map(LatentImages::image)
                    .map(Images::toBufferedImage)
                    .toList();
        }
    }

    /**
     * Decodes latents to numbers, one image after the other to save memory.
     *
     * @param latents (b, c, h, w), scaled as the UNet sees them, on the autoencoder's device; only read
     * @return the images (b, 3, height, width), float32 in [0, 1], attached to the manager of {@code latents}
     * @throws java.util.concurrent.CancellationException if the thread was interrupted
     */
    public NDArray decodeToTensor(NDArray latents) {
        try (Autograd.Scope pause = Autograd.pause();
                NDManager scratch = latents.getManager().newSubManager()) {
            NDList images = new NDList();
            for (NDArray sample : latents.split(latents.size(0), 0)) {
                Progress.checkInterrupted();
                sample.attach(scratch);
                images.add(LatentImages.decode(parts.vae(), sample));
            }
            NDArray all = NDArrays.concat(images, 0).div(2).add(0.5f).clip(0, 1);
            all.attach(latents.getManager());
            return all;
        }
    }

    /**
     * Draws images. Progress is reported as {@code "sample"}, one step for each call of the UNet.
     *
     * @param request what to draw, and how
     * @return the images
     * @throws dev.text2image.io.InvalidInputException if the request does not fit the model; nothing has been computed then
     * @throws java.util.concurrent.CancellationException if the thread was interrupted
     */
    public GeneratedImages generate(GenerationRequest request) {
        try (NDManager manager = Torch.newManager(parts.unet().device())) {
            Drawn drawn = draw(manager, request);
            return new GeneratedImages(
                    decode(drawn.latents()), request.promptOfEachImage(), drawn.seeds(), drawn.notes());
        }
    }

    /**
     * Draws as {@link #generate} does, but decodes nothing.
     *
     * @param manager owner of the result
     * @param request what to draw, and how
     * @return latents (b, c, h, w), float32, scaled as the UNet sees them, for {@link #decode} and {@link #decodeToTensor}
     */
    public NDArray generateLatents(NDManager manager, GenerationRequest request) {
        try (NDManager scratch = manager.newSubManager(parts.unet().device())) {
            NDArray latents = draw(scratch, request).latents();
            latents.attach(manager);
            return latents;
        }
    }

    /**
     * Says how large the images of a request will be.
     *
     * @param request what to draw
     * @return width and height in pixels
     * @throws dev.text2image.io.InvalidInputException if the request does not fit the model
     */
    public Dimension imageSize(GenerationRequest request) {
        Shape latents = SamplingPlan.of(request, parts, scheduler).latentShape();
        long factor = parts.vae().config().downsamplingFactor();
        return new Dimension(Math.toIntExact(latents.get(3) * factor), Math.toIntExact(latents.get(2) * factor));
    }

    private record Drawn(NDArray latents, List<Long> seeds, List<String> notes) {}

    private Drawn draw(NDManager manager, GenerationRequest request) {
        SamplingPlan plan = SamplingPlan.of(request, parts, scheduler);
        List<String> notes = new ArrayList<>();
        try (Autograd.Scope pause = Autograd.pause();
                SeedScope scope = new SeedScope(request.seed());
                SeededNoise ofImages = new SeededNoise(request.seeds())) {
            boolean single = request.seeds().isEmpty();
            NoiseSource random = single ? NoiseSource.engine() : ofImages;
            NDArray embeddings =
                    encoder(notes).encode(manager, request, plan.guidance().isActive());
            NDArray start = StartingLatents.of(manager, request, plan, parts.vae(), random);
            NDArray latents = denoise(plan, start, embeddings, random, refined(request.callback()));
            return new Drawn(latents, single ? List.of(scope.seed()) : request.seeds(), notes);
        }
    }

    private NDArray denoise(
            SamplingPlan plan, NDArray sample, NDArray embeddings, NoiseSource random, StepCallback callback) {
        SamplingState start = plan.start();
        int calls = start.timesteps().size() - start.position();
        try (Progress progress = Progress.start("sample", calls)) {
            return new DenoisingLoop(predictor(), plan.scheduler(), plan.guidance())
                    .run(start, sample, embeddings, random, callback, progress);
        }
    }

    /** What a request asks for, which has the last word. */
    private StepCallback refined(StepCallback wanted) {
        return step -> wanted.afterStep(refinement.afterStep(step));
    }

    /** The UNet with this view's weights. */
    DenoisingLoop.NoisePredictor predictor() {
        return (sample, timesteps, states) -> parts.unet().forward(unetWeights, sample, timesteps, states);
    }

    /** Closes the models of a pipeline of {@link #fromPretrained}, or the changed weights of {@link #withLora}; else does nothing. */
    @Override
    public void close() {
        end.run();
    }
}
