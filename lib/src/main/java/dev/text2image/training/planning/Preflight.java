package dev.text2image.training.planning;

import ai.djl.Device;
import dev.text2image.data.BrokenImage;
import dev.text2image.data.CaptionedDataset;
import dev.text2image.io.JsonFields;
import dev.text2image.nn.Precision;
import dev.text2image.nn.graph.Adapters;
import dev.text2image.pipelines.PipelineDirectory;
import dev.text2image.tokenizers.CLIPTokenizer;
import dev.text2image.torch.DeviceMemory;
import dev.text2image.torch.Torch;
import dev.text2image.training.config.CacheMode;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.records.Checkpoints;
import dev.text2image.training.records.RunPrecision;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Checks all that a run needs before anything large is read, and estimates what it takes: configurations, headers of weight files, the
 * tokenizer, the list of the data set and the headers of its images are read, no weights.
 */
final class Preflight {
    private final TrainingConfig config;
    private final Problems problems = new Problems();
    private final OutputCheck output;
    private final List<String> notes = new ArrayList<>();
    private List<BrokenImage> broken = List.of();
    private List<BrokenImage> brokenPrior = List.of();
    private List<BrokenImage> brokenValidation = List.of();

    private Preflight(TrainingConfig config) {
        this.config = config;
        this.output = new OutputCheck(config, problems);
    }

    /**
     * Checks a run and estimates it.
     *
     * @throws dev.text2image.io.InvalidInputException listing everything that keeps the run from starting
     */
    static TrainingEstimate run(TrainingConfig config) {
        Preflight preflight = new Preflight(config);
        TrainingEstimate estimate = preflight.estimate();
        preflight.problems.finish();
        if (estimate == null) {
            throw new IllegalStateException("There is no estimate although nothing is wrong.");
        }
        return estimate;
    }

    private @Nullable TrainingEstimate estimate() {
        options();
        output.writable("output_dir", config.outputDir());
        if (config.cacheDir() != null) {
            output.writable("cache_dir", config.cacheDir());
        }
        List<Device> devices = problems.find(config::devices);
        Path resumed = checkpoint();
        if (problems.isRefused(() -> RunImages.checkNames(config))) {
            return null; // a wrong name is no reason to download a model
        }
        PipelineDirectory base = problems.find(() -> BaseModel.open(config));
        validationImages();
        DataSummary data = problems.find(this::summarize);
        if (base == null) {
            return null;
        }
        problems.check(() -> CLIPTokenizer.load(base.tokenizer()));
        ModelOutlines models = new ModelCheck(config, base, resumed, problems).run();
        if (devices == null || data == null || models == null) {
            return null;
        }
        return estimate(devices, resumed, base, data, models);
    }

    private @Nullable Path checkpoint() {
        String wanted = config.resumeFromCheckpoint();
        if (wanted == null) {
            return null;
        }
        Optional<Path> found = problems.find(() -> new Checkpoints(Path.of(config.outputDir())).find(wanted));
        Path checkpoint = found == null ? null : found.orElse(null);
        if (checkpoint != null) {
            problems.check(() -> Checkpoints.checkSameRun(checkpoint, config));
        }
        return checkpoint;
    }

    private void options() {
        problems.require(
                config.cacheTextEmbeddings() == CacheMode.NONE || !config.trainTextEncoder(),
                "cache_text_embeddings keeps the outputs of a text encoder that does not change, but train_text_encoder"
                        + " changes it; leave one of them out.");
        problems.require(
                !config.keepBestCheckpoint() || config.validationDataDir() != null || config.validationSamples() > 0,
                "keep_best_checkpoint needs data to measure the validation loss on; give validation_data_dir or"
                        + " validation_samples.");
    }

    private void validationImages() {
        problems.check(() -> {
            RunImages own = RunImages.validation(config, null);
            if (own != null) {
                notes.addAll(own.images().notes());
                brokenValidation = own.broken();
                own.close();
            }
        });
    }

    private DataSummary summarize() {
        try (RunImages images = RunImages.training(config, null)) {
            CaptionedDataset used = images.all();
            notes.addAll(used.notes());
            broken = images.broken();
            RunImages prior = images.prior();
            brokenPrior = prior == null ? List.of() : prior.broken();
            if (config.cacheLatents() != CacheMode.NONE && !config.centerCrop()) {
                int notSquare = DataSummary.notSquare(used);
                problems.require(
                        notSquare == 0,
                        "cache_latents needs the same crop each time, but " + notSquare + " of " + used.size()
                                + " images are not square and would be cropped at random; set center_crop.");
            }
            int heldOut = config.validationDataDir() == null ? config.validationSamples() : 0;
            problems.require(
                    heldOut < images.images().size(),
                    "validation_samples is " + heldOut + ", but there are "
                            + images.images().size() + " images; leave some to train on.");
            return DataSummary.of(images).without(heldOut);
        }
    }

    private TrainingEstimate estimate(
            List<Device> devices,
            @Nullable Path resumed,
            PipelineDirectory base,
            DataSummary data,
            ModelOutlines models) {
        Device device = devices.get(0);
        int batches = (data.images() + config.globalBatchSize() - 1) / config.globalBatchSize();
        TrainingPlan plan = TrainingPlan.of(config, batches);
        boolean onGpu = device.isGpu();
        RunPrecision format = RunPrecision.of(config.mixedPrecision(), device, resumed);
        TrainingMemory memory = TrainingMemory.of(config, format.precision(), models, data, onGpu);
        int stepsDone = resumed == null
                ? 0
                : JsonFields.read(resumed.resolve(Checkpoints.STATE_FILE)).integer("global_step");
        DiskUse disk = output.disk(base, memory, plan, stepsDone, output.caches(models, data));
        List<TrainingEstimate.DeviceUse> uses = uses(devices, memory);
        DeviceMemory available = uses.get(0).memory();
        List<MemoryAdvice> advice = MemoryAdvisor.of(
                config,
                changed -> {
                    Precision precision = changed.mixedPrecision().or(format::precision);
                    TrainingMemory size = TrainingMemory.of(changed, precision, models, data, onGpu);
                    return needed(device, devices, size);
                },
                available.free(),
                onGpu);
        return new TrainingEstimate(
                parts(models),
                data.images(),
                data.priorImages(),
                new DataCheck(broken, brokenPrior, brokenValidation, notes),
                plan,
                config.globalBatchSize(),
                format.toString(),
                uses,
                memory,
                onGpu ? DeviceMemory.main() : available,
                disk,
                advice);
    }

    private static List<TrainingEstimate.DeviceUse> uses(List<Device> devices, TrainingMemory memory) {
        return devices.stream()
                .distinct()
                .map(device -> new TrainingEstimate.DeviceUse(
                        Torch.name(device),
                        Collections.frequency(devices, device),
                        needed(device, devices, memory),
                        DeviceMemory.of(device)))
                .toList();
    }

    /** What a device of a run needs; on the CPU with what else is in main memory. */
    private static long needed(Device device, List<Device> devices, TrainingMemory memory) {
        long replicas = memory.onDevice(device.equals(devices.get(0)), Collections.frequency(devices, device));
        return replicas + (device.isGpu() ? 0 : memory.inMainMemory());
    }

    private List<TrainingEstimate.Part> parts(ModelOutlines models) {
        boolean whole = config.lora() == null;
        List<TrainingEstimate.Part> parts = new ArrayList<>(List.of(
                new TrainingEstimate.Part("UNet", models.unet().parameterCount(), whole),
                new TrainingEstimate.Part("VAE", models.vae().parameterCount(), false),
                new TrainingEstimate.Part(
                        "text encoder", models.textEncoder().parameterCount(), whole && config.trainTextEncoder())));
        if (!whole) {
            long adapters = models.adapters(config).values().stream()
                    .mapToLong(Adapters::parameterCount)
                    .sum();
            parts.add(0, new TrainingEstimate.Part("LoRA", adapters, true));
        }
        return parts;
    }
}
