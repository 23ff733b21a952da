package dev.text2image.cli;

import dev.text2image.training.Trainer;
import dev.text2image.training.TrainingConfig;
import dev.text2image.training.TrainingConfigBuilder;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Fine-tunes a model; its flags are those of {@link TrainingConfigBuilder}. */
@Command(
        name = "train",
        description = "Fine-tunes a Stable Diffusion model on captioned images; flags as in diffusers'"
                + " train_text_to_image.py.",
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class TrainCommand implements Callable<Integer> {
    @Mixin
    private TrainingConfigBuilder flags = new TrainingConfigBuilder();

    @Override
    public Integer call() {
        TrainingConfig config = flags.build();
        try (Trainer trainer = new Trainer(config)) {
            System.out.println(trainer.describe());
            trainer.run();
        }
        System.out.println("Fine-tuned model: " + config.outputDir());
        return 0;
    }
}
