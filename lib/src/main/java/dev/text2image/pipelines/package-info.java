/**
 * Text to image: whole Stable Diffusion models, from their directory to the picture.
 *
 * <p>A {@link PipelineDirectory} is a model on disk in the layout of diffusers: it checks what is there, and writes new pipelines
 * and fine-tuned copies. A {@link StableDiffusionPipeline} samples: it takes a {@link GenerationRequest} and gives
 * {@link GeneratedImages}.
 *
 * <pre>{@code
 * try (var pipeline = StableDiffusionPipeline.fromPretrained(Path.of("models/my-model"), ModelOptions.defaults())) {
 *     GeneratedImages images = pipeline.generate(GenerationRequest.of("a red heart").seed(42).build());
 *     images.save(Path.of("out/samples"));
 * }
 * }</pre>
 *
 * <p>A {@link StepCallback} sees each {@link DenoisingStep} and may change the latents, the prompt or the weights, or stop.
 *
 * <p>The package-private {@code DenoisingLoop} is the sampling loop itself; it knows embeddings and latents, no texts and no images.
 */
@NullMarked
package dev.text2image.pipelines;

import org.jspecify.annotations.NullMarked;
