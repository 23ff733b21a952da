package dev.text2image.training;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.data.CaptionedDataset;
import dev.text2image.data.DataLoader;
import dev.text2image.data.RowOrder;
import dev.text2image.evaluation.LatentSpace;
import dev.text2image.evaluation.Pictures;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.models.AutoencoderKLConfig;
import dev.text2image.models.ModelOptions;
import dev.text2image.nn.ForwardPass;
import dev.text2image.nn.Precision;
import dev.text2image.nn.Weights;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.RandomTensors;
import dev.text2image.torch.Torch;
import dev.text2image.torch.TorchScript;
import dev.text2image.training.config.TrainingConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An autoencoder that learns to give images back, for models that are made from nothing.
 *
 * <p>The loss is the mean absolute plus the mean squared error of the pixels, plus a little of the divergence of the latents from a
 * standard normal distribution (Rombach et al., 2022, section 3.1, without the perceptual and the adversarial terms).
 */
public final class AutoencoderTraining implements Trainable {
    /** Where checkpoints and the output directory have the model. */
    public static final String FOLDER = "vae";

    private static final TorchScript SCRIPT = TorchScript.compile("""
            def latents(self, moments: Tensor, noise: Tensor) -> List[Tensor]:
              halves = torch.chunk(moments, 2, 1)
              deviation = torch.exp(torch.mul(torch.clamp(halves[1], -30.0, 20.0), 0.5))
              return [torch.add(halves[0], torch.mul(deviation, noise))]
            def loss(self, decoded: Tensor, pixels: Tensor, moments: Tensor, weight: float) -> List[Tensor]:
              difference = torch.sub(decoded, pixels)
              halves = torch.chunk(moments, 2, 1)
              logvar = torch.clamp(halves[1], -30.0, 20.0)
              spread = torch.sub(torch.sub(torch.exp(logvar), logvar), 1.0)
              divergence = torch.mean(torch.add(torch.square(halves[0]), spread))
              reconstruction = torch.add(torch.mean(torch.abs(difference)), torch.mean(torch.square(difference)))
              return [torch.add(reconstruction, torch.mul(divergence, weight))]
            """);

    private static final double DIVERGENCE_WEIGHT = 1e-6;

    private final TrainingConfig config;
    private final CaptionedDataset images;
    private final DataLoader loader;
    private final BatchStream stream;
    private final AutoencoderKL model;
    private final List<TrainedWeights> trained;

    private AutoencoderTraining(TrainingConfig config, CaptionedDataset images, AutoencoderKL model) {
        this.config = config;
        this.images = images;
        this.loader = BatchStream.loader(config, images, RowOrder.shuffled(images.size(), config.seed()));
        this.stream = new BatchStream(loader);
        this.model = model;
        this.trained = List.of(TrainedWeights.of(FOLDER, "", model));
    }

    /**
     * Trains a new autoencoder.
     *
     * @param shape its shape
     * @param images the images, whose captions are not used; they stay the caller's
     * @return what opens it, for {@link Trainer}
     */
    public static Opener of(AutoencoderKLConfig shape, CaptionedDataset images) {
        return (config, precision, checkpoint) -> {
            shape.checkResolution(config.resolution());
            return new AutoencoderTraining(config, images, model(shape, config, precision, checkpoint));
        };
    }

    private static AutoencoderKL model(
            AutoencoderKLConfig shape, TrainingConfig config, Precision precision, @Nullable Path checkpoint) {
        ModelOptions options = ModelOptions.defaults()
                .withDevice(Torch.device(config.device()))
                .withPrecision(precision);
        if (checkpoint != null) {
            return AutoencoderKL.fromPretrained(checkpoint.resolve(FOLDER), options);
        }
        Torch.seed(config.seed());
        return AutoencoderKL.create(shape, options);
    }

    @Override
    public Device device() {
        return model.device();
    }

    @Override
    public List<TrainedWeights> trained() {
        return trained;
    }

    @Override
    public int images() {
        return images.size();
    }

    @Override
    public int batchesPerEpoch() {
        return loader.batchesPerEpoch();
    }

    @Override
    public float backward(NDManager scratch, int epoch, int index, double gradientScale) {
        NDArray pixels = stream.get(scratch, epoch, index).pixelValues();
        Torch.seed(RunRandom.seed(config.seed(), (long) epoch * batchesPerEpoch() + index));
        try (Autograd.Scope recording = Autograd.record();
                ForwardPass encoded = model.trainEncoder(scratch, pixels)) {
            NDArray moments = encoded.output(); // (b, 2·c, h, w)
            Shape shape = moments.getShape();
            NDArray noise = RandomTensors.normal(
                    scratch, new Shape(shape.get(0), shape.get(1) / 2, shape.get(2), shape.get(3)));
            NDArray latents = SCRIPT.call(scratch, "latents", moments, noise).singletonOrThrow();
            try (ForwardPass decoded = model.trainDecoder(scratch, latents)) {
                NDArray loss = SCRIPT.call(scratch, "loss", decoded.output(), pixels, moments, DIVERGENCE_WEIGHT)
                        .singletonOrThrow();
                decoded.backward(loss, gradientScale);
                return loss.getFloat();
            }
        }
    }

    /** Writes the autoencoder, with the scaling factor that gives its latents of the training images a deviation of 1. */
    @Override
    public Path save(Function<TrainedWeights, Weights> choice) {
        Path place = Path.of(config.outputDir(), FOLDER);
        trained.get(0).save(place, choice.apply(trained.get(0)));
        try (AutoencoderKL saved =
                AutoencoderKL.fromPretrained(place, ModelOptions.defaults().withDevice(device()))) {
            List<float[]> latents = new LatentSpace(saved).encode(Pictures.read(images, config.resolution()));
            double scaled = saved.config().scalingFactor();
            saved.save(place, scaled / rootMeanSquare(latents));
        }
        return place;
    }

    private static double rootMeanSquare(List<float[]> rows) {
        double squares = 0;
        long count = 0;
        for (float[] row : rows) {
            for (float value : row) {
                squares += (double) value * value;
            }
            count += row.length;
        }
        return Math.sqrt(squares / count);
    }

    @Override
    public void close() {
        stream.close();
        model.close();
    }
}
