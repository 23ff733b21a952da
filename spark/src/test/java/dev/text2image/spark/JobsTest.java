package dev.text2image.spark;

import static dev.text2image.spark.LocalCluster.assertSameFiles;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.text2image.data.CaptionedDataset;
import dev.text2image.io.SafeTensorsFile;
import dev.text2image.lora.LoraFile;
import dev.text2image.spark.LocalCluster.Ended;
import dev.text2image.torch.Torch;
import dev.text2image.training.Trainer;
import dev.text2image.training.commands.GuideCommand;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.records.TrainingHistory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster gives what one process gives, to the byte, also when an executor dies on the way. */
class JobsTest {
    private static final String BASE = "../notebooks/models/emoji-base";
    private static final String DATA = "../notebooks/data/emoji-3d";

    @TempDir
    private Path directory;

    @BeforeAll
    static void useAsManyThreadsAsAnExecutor() {
        Torch.setThreads(1);
    }

    private static String[] words(String text, String... more) {
        return Stream.concat(Arrays.stream(text.split(" ")), Arrays.stream(more))
                .toArray(String[]::new);
    }

    private static void run(String... words) {
        assertThat(dev.text2image.cli.Main.run(System.err, words)).isZero();
    }

    @Test
    void cachesAreFilled() throws Exception {
        String flags = "--pretrained_model_name_or_path " + BASE + " --train_data_dir " + DATA + " --resolution 64"
                + " --center_crop --random_flip --max_train_samples 96 --train_batch_size 8 --device cpu"
                + " --cache_latents disk --cache_text_embeddings disk --output_dir " + directory.resolve("run");
        Path cache = directory.resolve("cluster");
        Ended job = new LocalCluster(directory)
                .submitAndKill(cache, ".safetensors", words("encode " + flags, "--cache_dir", cache.toString()));
        assertThat(job.code()).as(job.printed()).isZero();
        assertThat(job.printed()).contains("Encoded: 193 images and captions");
        Path alone = directory.resolve("alone");
        TrainingConfig config = GuideCommand.parse(
                        List.of(words(flags, "--cache_dir", alone.toString())),
                        TrainingConfig.builder().build())
                .config();
        new Trainer(config).close();
        assertThat(LocalCluster.contents(alone)).hasSize(4);
        assertSameFiles(cache, alone);
    }

    @Test
    void twoHundredPromptsAreDrawn() throws Exception {
        List<String> prompts;
        try (CaptionedDataset dataset = CaptionedDataset.open(Path.of(DATA))) {
            prompts = IntStream.range(0, 200)
                    .mapToObj(row -> dataset.captions(row).get(0))
                    .toList();
        }
        Path file = Files.write(directory.resolve("prompts.txt"), prompts);
        String flags = "sample --pretrained_model_name_or_path " + BASE + " --prompt_file " + file + " --seed 7"
                + " --height 32 --width 32 --num_inference_steps 2 --guidance_scale 1 --batch_size 8 --device cpu";
        Path drawn = directory.resolve("cluster");
        Ended job = new LocalCluster(directory)
                .submitAndKill(drawn, ".png", words(flags, "--parts", "7", "--output_dir", drawn.toString()));
        assertThat(job.code()).as(job.printed()).isZero();
        Path alone = directory.resolve("alone");
        run(words(flags, "--output_dir", alone.toString()));
        Files.delete(alone.resolve("contact-sheet.png"));
        assertThat(LocalCluster.contents(alone)).hasSize(200);
        assertSameFiles(drawn, alone);
    }

    @Test
    void aSweepEndsInATable() throws Exception {
        String training = "train-lora --pretrained_model_name_or_path " + BASE + " --train_data_dir " + DATA
                + " --resolution 64 --center_crop --max_train_samples 12 --validation_samples 4 --train_batch_size 4"
                + " --max_train_steps 4 --checkpointing_steps 2 --lr_warmup_steps 0 --seed 3 --device cpu --report_to none";
        String evaluation = "evaluate --reference_data_dir " + DATA + "/data/validation-00000-of-00001.parquet"
                + " --num_prompts 4 --num_images_per_prompt 1 --num_inference_steps 2 --guidance_scale 1 --device cpu";
        Path swept = directory.resolve("cluster");
        Ended job = new LocalCluster(directory)
                .submitAndKill(
                        swept,
                        "training_state.json",
                        words("sweep rank=2,4 snr_gamma= " + training + " --output_dir " + swept + " " + evaluation));
        assertThat(job.code()).as(job.printed()).isZero();
        List<String> table = Files.readAllLines(swept.resolve("sweep.csv"));
        assertThat(table).hasSize(3).first().isEqualTo("rank,snr_gamma,steps,loss,validation_loss,names,distance");
        assertThat(table.get(1)).startsWith("2,,4,0.");
        assertThat(table.get(2)).startsWith("4,,4,0.");
        assertThat(job.printed()).contains(String.join("\n", table));
        for (String rank : List.of("2", "4")) {
            Path alone = directory.resolve(rank);
            run(words(training, "--rank", rank, "--output_dir", alone.toString()));
            String adapters = "pytorch_lora_weights.safetensors";
            assertThat(swept.resolve("rank-" + rank + "_snr_gamma-none").resolve(adapters))
                    .hasSameBinaryContentAs(alone.resolve(adapters));
        }
    }

    /** Eleven images, so that the last micro-batch of an epoch is dealt unevenly; two replicas of one process add up in the same order. */
    @Test
    void adaptersAreTrainedTogether() throws Exception {
        String flags = "train-lora --pretrained_model_name_or_path " + BASE + " --train_data_dir " + DATA
                + " --resolution 64 --center_crop --max_train_samples 11 --learning_rate 1e-4 --lr_warmup_steps 0"
                + " --max_train_steps 12 --checkpointing_steps 3 --seed 3 --device cpu --report_to none";
        String[] two = words("--num_processes 2 --train_batch_size 2 --output_dir");
        Path together = directory.resolve("cluster");
        Ended job = new LocalCluster(directory)
                .submitAndKill(
                        together,
                        "training_state.json",
                        words(flags + " " + String.join(" ", two), together.toString()));
        assertThat(job.code()).as(job.printed()).isZero();
        assertThat(job.printed()).contains("All executors go on from checkpoint-");
        Path replicas = directory.resolve("replicas");
        run(words(flags + " " + String.join(" ", two), replicas.toString()));
        assertThat(together.resolve(LoraFile.NAME)).hasSameBinaryContentAs(replicas.resolve(LoraFile.NAME));
        Path alone = directory.resolve("alone");
        run(words(flags + " --train_batch_size 4 --output_dir", alone.toString()));
        List<TrainingHistory.Row> expected = history(alone);
        List<TrainingHistory.Row> found = history(together);
        assertThat(found).hasSize(12).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            double loss = expected.get(i).loss();
            assertThat(found.get(i).loss()).as("loss of step %d", i + 1).isCloseTo(loss, within(1e-5 * loss));
        }
        assertClose(together.resolve(LoraFile.NAME), alone.resolve(LoraFile.NAME));
    }

    private static List<TrainingHistory.Row> history(Path run) {
        return TrainingHistory.read(run.resolve("history.csv"), Integer.MAX_VALUE)
                .rows();
    }

    private static void assertClose(Path found, Path expected) {
        try (NDManager manager = Torch.newManager(Device.cpu());
                SafeTensorsFile some = SafeTensorsFile.open(found);
                SafeTensorsFile others = SafeTensorsFile.open(expected)) {
            assertThat(some.tensors().keySet())
                    .isEqualTo(others.tensors().keySet())
                    .isNotEmpty();
            for (String name : others.tensors().keySet()) {
                assertThat(some.read(manager, name).toFloatArray())
                        .as(name)
                        .containsExactly(others.read(manager, name).toFloatArray(), within(1e-5f));
            }
        }
    }

    @Test
    void whatCannotBeDoneIsOneSentence() throws IOException, InterruptedException {
        Ended job = new LocalCluster(directory)
                .withOneExecutor()
                .submit(words("sample --parts 1 --prompt cat --seed 1 --pretrained_model_name_or_path " + directory));
        assertThat(job.code()).isEqualTo(1);
        assertThat(job.printed().lines().reduce("", (first, last) -> last)).contains("model_index.json");
    }
}
