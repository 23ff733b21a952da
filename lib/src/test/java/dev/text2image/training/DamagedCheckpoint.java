package dev.text2image.training;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.text2image.io.JsonFields;
import dev.text2image.nn.Weights;
import dev.text2image.testing.Campaign;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.optim.AdamW;
import dev.text2image.training.optim.AdamW8bit;
import dev.text2image.training.optim.GradScaler;
import dev.text2image.training.optim.Optimizer;
import dev.text2image.training.records.Checkpoints;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/** Reads damaged files of a checkpoint, in a process of its own. */
final class DamagedCheckpoint {
    private DamagedCheckpoint() {}

    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[0]);
        Campaign campaign = new Campaign(directory);
        state(campaign, directory);
        try (NDManager manager = NDManager.newBaseManager(Device.cpu());
                Weights weights = Weights.of(
                        manager.newSubManager(), Map.of("w", manager.zeros(new Shape(5, 7), DataType.FLOAT32)));
                AdamW adam = new AdamW(weights, AdamW.Settings.defaults());
                AdamW8bit eightBit = new AdamW8bit(weights, AdamW.Settings.defaults())) {
            optimizer(campaign, directory, "optimizer.safetensors", adam);
            optimizer(campaign, directory, "optimizer-8bit.safetensors", eightBit);
        }
        campaign.end();
    }

    private static void state(Campaign campaign, Path directory) throws IOException {
        TrainingConfig config =
                TinyRun.config(directory.resolve("base"), directory).build();
        String state = "{\"global_step\":1,\"applied_steps\":1,\"validation_loss\":0.5,\"scaler\":"
                + GradScaler.defaults().toJson() + ",\"config\":" + config.toJson() + "}";
        campaign.run("checkpoint-1/training_state.json", state.getBytes(StandardCharsets.UTF_8), file -> {
            new Checkpoints(directory).best();
            Checkpoints.checkSameRun(Objects.requireNonNull(file.getParent()), config);
            JsonFields fields = JsonFields.read(file);
            int ignored = fields.integer("global_step") + fields.integer("applied_steps");
            fields.fields("scaler").ifPresent(GradScaler::fromJson);
        });
    }

    private static void optimizer(Campaign campaign, Path directory, String name, Optimizer optimizer)
            throws IOException {
        Path file = directory.resolve(name);
        optimizer.write(file);
        campaign.run(name, Files.readAllBytes(file), optimizer::read);
    }
}
