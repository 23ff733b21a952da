package dev.text2image.training;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.data.CaptionedDataset;
import dev.text2image.data.loading.DataLoader;
import dev.text2image.data.loading.RowOrder;
import dev.text2image.evaluation.LatentSpace;
import dev.text2image.evaluation.Pictures;
import dev.text2image.models.AutoencoderKL;
import dev.text2image.models.ModelOptions;
import dev.text2image.models.networks.AutoencoderKLConfig;
import dev.text2image.nn.Precision;
import dev.text2image.nn.Weights;
import dev.text2image.nn.graph.ForwardPass;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.RandomTensors;
import dev.text2image.torch.Torch;
import dev.text2image.torch.TorchScript;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.parallel.MicroBatch;
import dev.text2image.training.parallel.Replica;
import java.nio.file.Path;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An autoencoder that learns to give images back, for models that are made from nothing.
 *
 * <p>The loss is the mean absolute plus the mean squared error of the pixels, plus a little of the divergence of the latents from a
 * standard normal distribution (Rombach et al., 2022, section 3.1, without the perceptual and the adversarial terms).
 */
public final class AutoencoderTraining implements Trainable<AutoencoderTraining.Pixels> {
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
    private final Function<Device, AutoencoderKL> modelOn;
    private final AutoencoderKL model;
    private final List<TrainedWeights> trained;

    private AutoencoderTraining(
            TrainingConfig config, CaptionedDataset images, Function<Device, AutoencoderKL> modelOn) {
        this.config = config;
        this.images = images;
        this.loader = BatchStream.loader(config, images, RowOrder.shuffled(images.size(), config.seed()));
        this.stream = new BatchStream(loader);
        this.modelOn = modelOn;
        this.model = modelOn.apply(config.devices().get(0));
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
            return new AutoencoderTraining(
                    config, images, device -> model(shape, config, precision, checkpoint, device));
        };
    }

    private static AutoencoderKL model(
            AutoencoderKLConfig shape,
            TrainingConfig config,
            Precision precision,
            @Nullable Path checkpoint,
            Device device) {
        ModelOptions options = ModelOptions.defaults().withDevice(device).withPrecision(precision);
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

    /**
     * The inputs of an autoencoder.
     *
     * @param values the images (b, 3, r, r) in [-1, 1]
     * @param noise standard normal numbers for the draw of latents (b, c, h, w)
     */
    record Pixels(NDArray values, NDArray noise) implements MicroBatch<Pixels> {
        @Override
        public int size() {
            return (int) values.getShape().get(0);
        }

        @Override
        public Pixels rows(NDManager manager, int from, int to) {
            return new Pixels(MicroBatch.rows(manager, values, from, to), MicroBatch.rows(manager, noise, from, to));
        }
    }

    @Override
    public Pixels batch(NDManager scratch, int epoch, int index) {
        NDArray pixels = stream.get(scratch, epoch, index).pixelValues();
        Torch.seed(RunRandom.seed(config.seed(), (long) epoch * batchesPerEpoch() + index));
        AutoencoderKLConfig shape = model.config();
        long edge = config.resolution() / shape.downsamplingFactor();
        Shape latents = new Shape(pixels.getShape().get(0), shape.latentChannels(), edge, edge);
        return new Pixels(pixels, RandomTensors.normal(scratch, latents));
    }

    @Override
    public DoubleSupplier backward(NDManager scratch, Pixels batch, double gradientScale) {
        return backward(model, scratch, batch, gradientScale);
    }

    private static DoubleSupplier backward(AutoencoderKL model, NDManager scratch, Pixels batch, double gradientScale) {
        try (Autograd.Scope recording = Autograd.record();
                ForwardPass encoded = model.trainEncoder(scratch, batch.values())) {
            NDArray moments = encoded.output(); // (b, 2·c, h, w)
            NDArray latents =
                    SCRIPT.call(scratch, "latents", moments, batch.noise()).singletonOrThrow();
            try (ForwardPass decoded = model.trainDecoder(scratch, latents)) {
                NDArray loss = SCRIPT.call(
                                scratch, "loss", decoded.output(), batch.values(), moments, DIVERGENCE_WEIGHT)
                        .singletonOrThrow();
                decoded.backward(loss, gradientScale);
                return Replica.later(loss, scratch);
            }
        }
    }

    @Override
    public Replica<Pixels> replica(Device device) {
        return new Elsewhere(modelOn.apply(device));
    }

    /** The same on another device. */
    private static final class Elsewhere implements Replica<Pixels> {
        private final AutoencoderKL copy;

        Elsewhere(AutoencoderKL copy) {
            this.copy = copy;
            copy.weights().requireGradients(true);
        }

        @Override
        public List<Weights> weights() {
            return List.of(copy.weights());
        }

        @Override
        public DoubleSupplier backward(NDManager scratch, Pixels batch, double gradientScale) {
            return AutoencoderTraining.backward(copy, scratch, batch, gradientScale);
        }

        @Override
        public void close() {
            copy.close();
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
