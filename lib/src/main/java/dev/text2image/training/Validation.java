package dev.text2image.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import dev.text2image.data.CaptionedDataset;
import dev.text2image.data.loading.Batch;
import dev.text2image.data.loading.Batches;
import dev.text2image.data.loading.DataLoader;
import dev.text2image.data.loading.ImageTransforms;
import dev.text2image.data.loading.RowOrder;
import dev.text2image.models.DiagonalGaussianDistribution;
import dev.text2image.models.UNet2DConditionModel;
import dev.text2image.nn.Weights;
import dev.text2image.pipelines.PromptWeights;
import dev.text2image.progress.Progress;
import dev.text2image.schedulers.NoiseSchedule;
import dev.text2image.tokenizers.CLIPTokenizer;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.RandomTensors;
import dev.text2image.torch.Torch;
import dev.text2image.training.caching.TokenIds;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.objectives.DiffusionLoss;
import dev.text2image.training.objectives.LossWeighting;
import dev.text2image.training.objectives.Objective;
import dev.text2image.training.records.ValidationResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Measures the loss on images that are not trained on. Each image is seen once in each of four ranges of timesteps, always at the same
 * timestep and with the same noise.
 */
final class Validation implements AutoCloseable {
    private static final int RANGES = 4;
    /** Apart from all seeds that training draws from, which mix the run's seed with a number of at least 0. */
    private static final long NOISE = -1;

    private final NDManager manager;
    private final DiffusionLoss loss;
    private final long seed;
    private final int batchSize;
    /** Clean, scaled latents (n, c, h, w). */
    private final NDArray latents;
    /** Token ids (n, 77), or hidden states (n, 77, d) if the text encoder does not change. */
    private final NDArray text;
    /** How much each token counts (n, 77); null if all count the same, or for hidden states. */
    private final @Nullable NDArray textWeights;

    /**
     * Encodes the images, and the captions if the text encoder is frozen.
     *
     * @param dataset the images, at least one
     * @param tokenizer the tokenizer
     * @param models the models
     * @param objective what is trained
     * @param config the run
     */
    Validation(
            CaptionedDataset dataset,
            CLIPTokenizer tokenizer,
            TrainedModels models,
            Objective objective,
            TrainingConfig config) {
        DiffusionLoss trained = objective.loss();
        this.loss = new DiffusionLoss(trained.schedule(), trained.prediction(), new LossWeighting.Uniform());
        this.seed = config.seed();
        this.batchSize = config.trainBatchSize();
        this.manager = Torch.newManager(models.unet().device());
        try (NDManager scratch = manager.newSubManager();
                Autograd.Scope pause = Autograd.pause()) {
            ImageTransforms transforms =
                    new ImageTransforms(config.resolution(), true, false, config.imageInterpolationMode());
            DataLoader loader = new DataLoader(
                    dataset, transforms, DataLoader.Options.of(batchSize, seed), RowOrder.sequential(dataset.size()));
            List<String> captions = new ArrayList<>();
            NDArray encoded = encode(scratch, loader, models, captions);
            TokenIds tokens = TokenIds.of(scratch, tokenizer, captions, config.weightedCaptions());
            this.latents = keep(encoded);
            boolean changing = models.trainsTextEncoder();
            this.text = keep(changing ? tokens.ids() : tokens.weigh(hiddenStates(tokens.ids(), models)));
            this.textWeights = changing && tokens.weights() != null ? keep(tokens.weights()) : null;
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
    }

    private NDArray keep(NDArray array) {
        array.attach(manager);
        return array;
    }

    private NDArray encode(NDManager scratch, DataLoader loader, TrainedModels models, List<String> captions) {
        Torch.seed(RunRandom.seed(seed, NOISE));
        @Nullable NDArray all = null;
        try (Batches batches = loader.batches(scratch, 0, 0)) {
            while (batches.hasNext()) {
                Progress.checkInterrupted();
                Batch batch = batches.next();
                DiagonalGaussianDistribution posterior = models.vae().encode(batch.pixelValues());
                NDArray noise = RandomTensors.normal(scratch, posterior.mean().getShape());
                NDArray sample = posterior.sample(noise).mul(models.vaeConfig().scalingFactor());
                all = all == null ? sample : all.concat(sample);
                captions.addAll(batch.captions());
            }
        }
        if (all == null) {
            throw new IllegalArgumentException("There is no image to validate on.");
        }
        return all;
    }

    private NDArray hiddenStates(NDArray ids, TrainedModels models) {
        @Nullable NDArray all = null;
        for (int from = 0; from < ids.getShape().get(0); from += batchSize) {
            NDArray states = models.textEncoder().forward(rows(ids, from));
            all = all == null ? states : all.concat(states);
        }
        return all == null ? ids : all;
    }

    private NDArray rows(NDArray array, int from) {
        long to = Math.min(from + batchSize, array.getShape().get(0));
        return array.get(new NDIndex(from + ":" + to));
    }

    /**
     * Measures the loss.
     *
     * @param step the optimizer steps done
     * @param models the models
     * @param choice which of the trained weights are measured
     */
    ValidationResult measure(int step, TrainedModels models, Function<TrainedWeights, Weights> choice) {
        int count = (int) latents.getShape().get(0);
        int timestepCount = loss.schedule().size();
        SplittableRandom random = new SplittableRandom(RunRandom.seed(seed, NOISE));
        List<ValidationResult.Range> ranges = new ArrayList<>();
        double sum = 0;
        try (Autograd.Scope pause = Autograd.pause()) {
            for (int range = 0; range < RANGES; range++) {
                int from = range * timestepCount / RANGES;
                int to = (range + 1) * timestepCount / RANGES;
                int[] timesteps = random.ints(count, from, to).toArray();
                double rangeLoss = rangeLoss(models, choice, range, timesteps);
                ranges.add(new ValidationResult.Range(from, to - 1, rangeLoss / count));
                sum += rangeLoss / count;
            }
        }
        return new ValidationResult(step, sum / RANGES, ranges);
    }

    /** The sum of the losses of all images; their noise does not depend on how many are looked at together. */
    private double rangeLoss(
            TrainedModels models, Function<TrainedWeights, Weights> choice, int range, int... timesteps) {
        Torch.seed(RunRandom.seed(seed, NOISE - 1 - range));
        double sum = 0;
        try (NDManager scratch = manager.newSubManager()) {
            NDArray noise = RandomTensors.normal(scratch, latents.getShape());
            for (int first = 0; first < timesteps.length; first += batchSize) {
                Progress.checkInterrupted();
                sum += batchLoss(models, choice, timesteps, first, noise);
            }
        }
        return sum;
    }

    /** The sum of the losses of some images. */
    private double batchLoss(
            TrainedModels models, Function<TrainedWeights, Weights> choice, int[] all, int first, NDArray allNoise) {
        try (NDManager scratch = manager.newSubManager()) {
            NDArray clean = rows(latents, first);
            clean.attach(scratch);
            NDArray noise = rows(allNoise, first);
            noise.attach(scratch);
            int[] timesteps = Arrays.copyOfRange(
                    all, first, first + (int) clean.getShape().get(0));
            NDArray words = rows(text, first);
            words.attach(scratch);
            NDArray context = models.trainsTextEncoder() ? hiddenStates(models, choice, words, first) : words;
            NoiseSchedule schedule = loss.schedule();
            UNet2DConditionModel unet = models.unet();
            NDArray predicted = unet.forward(
                    models.unetWeights(choice),
                    schedule.addNoise(clean, noise, timesteps),
                    scratch.create(timesteps),
                    context);
            NDArray target = loss.target(clean, noise, timesteps);
            return loss.perSample(predicted, target, timesteps).sum().getFloat();
        }
    }

    private NDArray hiddenStates(
            TrainedModels models, Function<TrainedWeights, Weights> choice, NDArray words, int first) {
        NDArray states = models.textEncoder().forward(models.textWeights(choice), words);
        if (textWeights == null) {
            return states;
        }
        NDArray weights = rows(textWeights, first);
        weights.attach(states.getManager());
        return PromptWeights.apply(states, weights);
    }

    @Override
    public void close() {
        manager.close();
    }
}
