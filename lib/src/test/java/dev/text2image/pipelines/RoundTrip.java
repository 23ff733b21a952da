package dev.text2image.pipelines;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.io.JsonFields;
import dev.text2image.io.SafeTensorsWriter;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.torch.RandomTensors;
import dev.text2image.torch.Torch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;

/**
 * Writes what lib/src/test/parity/check_round_trip.py compares: a saved pipeline, the noise of an image, and the image that this
 * project draws from it.
 *
 * <pre>
 * mvn -pl lib package -DskipTests
 * cd lib
 * java -cp "target/test-classes:target/classes:target/lib/*" dev.text2image.pipelines.RoundTrip OUT "a red heart" 50
 * python src/test/parity/check_round_trip.py OUT/pipeline OUT/image.png OUT/latents.safetensors --prompt "a red heart" --steps 50
 * </pre>
 *
 * <p>A fourth argument names a pipeline to copy and to sample at its own size, for example {@code ../out/emoji-finetuned}, instead of
 * the tiny one.
 */
public final class RoundTrip {
    private static final Shape TINY_LATENTS = new Shape(1, 4, 32, 48);

    private RoundTrip() {}

    /**
     * Writes the files.
     *
     * @param arguments the directory to write to, the prompt, the number of steps, perhaps a pipeline
     */
    public static void main(String[] arguments) throws Exception {
        Path out = Path.of(arguments[0]);
        Path written = out.resolve("pipeline");
        Shape shape = TINY_LATENTS;
        if (arguments.length > 3) {
            PipelineDirectory copy =
                    PipelineDirectory.open(Path.of(arguments[3])).copyWith(written, Map.of());
            int size = JsonFields.read(copy.unet().resolve("config.json")).intOr("sample_size", 64);
            shape = new Shape(1, 4, size, size);
        } else {
            TinyPipeline.write(written);
        }
        try (NDManager manager = Torch.newManager(Device.cpu());
                StableDiffusionPipeline pipeline =
                        StableDiffusionPipeline.fromPretrained(written, TinyPipeline.OPTIONS)) {
            NDArray latents = RandomTensors.normal(manager, shape);
            SafeTensorsWriter.writeArrays(out.resolve("latents.safetensors"), Map.of("latents", latents));
            GeneratedImages images = pipeline.generate(GenerationRequest.of(arguments[1])
                    .numInferenceSteps(Integer.parseInt(arguments[2]))
                    .latents(latents)
                    .build());
            Path image = images.save(out).get(0);
            Files.move(image, out.resolve("image.png"), StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
