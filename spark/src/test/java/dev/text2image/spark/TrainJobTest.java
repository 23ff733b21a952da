package dev.text2image.spark;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.text2image.io.InvalidInputException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a cluster does not train is said before anything starts. */
class TrainJobTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "train --num_processes 2|A cluster trains adapters: give --rank, or train-lora. The gradients of the whole UNet",
                "train-lora|num_processes is 1, but must say how many executors train together, at least 2",
                "train --rank 4 --device cuda:0,cuda:1|device is cuda:0,cuda:1, but each executor has the device that Spark gives",
                "train-lora --num_processes 2 --mixed_precision auto|mixed_precision is auto, but machines could choose",
                "train-lora --num_processes 2 --resume_from_checkpoint checkpoint-2|resume_from_checkpoint is checkpoint-2, but on",
                "train-lora --num_processes 2 --push_to_hub|push_to_hub has no effect on a cluster",
                "train-lora --rang 4|rang"
            })
    void wrongFlagsAreTold(String words, String message) {
        List<String> all = Arrays.asList(words.split(" "));
        assertThatThrownBy(() -> new TrainJob(all.get(0), all.subList(1, all.size())))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(message);
    }

    @Test
    void allProblemsAreToldAtOnce() {
        assertThatThrownBy(() -> new TrainJob("train", List.of("--mixed_precision", "auto")))
                .hasMessageContainingAll("A cluster trains adapters", "num_processes is 1", "mixed_precision is auto");
    }

    @Test
    void anOutputDirectoryThatIsNotSharedIsTold(@TempDir Path directory) {
        assertThatThrownBy(
                        () -> TrainProcess.checkShared(directory.resolve("mark").toString(), "/out", "node-2"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(
                        "output_dir is /out, but the executor on node-2 does not see there what the driver");
    }
}
