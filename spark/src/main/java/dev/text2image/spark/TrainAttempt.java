package dev.text2image.spark;

import com.google.gson.JsonParser;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.planning.DataCheck;
import java.io.IOException;
import java.io.Serializable;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.UUID;
import org.apache.spark.BarrierTaskContext;

/**
 * A run of several executors together, from its start or a checkpoint on, as they are told of it.
 *
 * @param config its hyper-parameters as JSON
 * @param data what was found in its data
 * @param mark a file in its output directory
 * @param meeting what only these executors know
 */
record TrainAttempt(String config, DataCheck data, String mark, UUID meeting) implements Serializable {
    /**
     * Trains in one of the executors.
     *
     * @return the number of optimizer steps of the run
     */
    int run(BarrierTaskContext task) throws IOException {
        TrainingConfig parsed =
                TrainingConfig.fromJson(JsonParser.parseString(config).getAsJsonObject());
        String executor = task.getTaskInfos()[task.partitionId()].address();
        String host = executor.substring(0, executor.lastIndexOf(':'));
        try (ServerSocketChannel port = Ring.listen(host)) {
            List<String> addresses = TrainProcess.agree(task, () -> {
                TrainProcess.checkShared(mark, parsed.outputDir(), host);
                return host + ":" + port.socket().getLocalPort();
            });
            try (Ring ring = Ring.join(port, task.partitionId(), addresses, meeting);
                    TrainProcess process = new TrainProcess(task, parsed, data, ring)) {
                return process.train();
            }
        }
    }
}
