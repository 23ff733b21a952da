package dev.text2image.pipelines;

import static dev.text2image.testing.Fixtures.assertClose;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.text2image.io.Json;
import dev.text2image.models.UNet2DConditionModel;
import dev.text2image.progress.Progress;
import dev.text2image.schedulers.SamplingState;
import dev.text2image.schedulers.Scheduler;
import dev.text2image.schedulers.samplers.Schedulers;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.torch.Torch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Guided sampling with every scheduler against diffusers; {@code parity/make_sampler_fixtures.py} made the numbers. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SamplersParityTest {
    /** What names the tensors of runs whose scheduler was built from PNDM's file. */
    private static final String FROM_CONFIG = "from_config ";

    private static final String FROM_FILE = "file ";

    private final List<Model> models = List.of(new Model(1), new Model(2));

    /** A tiny UNet with the inputs of its runs. */
    private static final class Model implements AutoCloseable {
        private final int generation;
        private final NDManager manager = Torch.newManager(Device.cpu());
        private final Fixtures fixtures;
        private final UNet2DConditionModel unet;
        private final NDArray embeddings;

        Model(int generation) {
            this.generation = generation;
            Path pipeline = Fixtures.DIRECTORY.resolve("tiny-sd" + generation);
            fixtures = new Fixtures(manager, "samplers-sd" + generation + ".safetensors");
            unet = UNet2DConditionModel.fromPretrained(pipeline.resolve("unet"), TinyPipeline.OPTIONS);
            embeddings = SamplingParityTest.embeddings(pipeline, fixtures);
            embeddings.attach(manager);
        }

        /** What PNDM's file says, for a model of this kind. */
        private JsonObject file() {
            JsonObject json = Json.readObject(Fixtures.DIRECTORY.resolve("tiny-sd1/scheduler/scheduler_config.json"));
            if (generation == 2) {
                json.addProperty("prediction_type", "v_prediction");
            }
            return json;
        }

        Scheduler scheduler(String row) {
            if (row.startsWith(FROM_FILE)) {
                return Schedulers.load(JsonParser.parseString(row.substring(FROM_FILE.length()))
                        .getAsJsonObject());
            }
            JsonObject changes =
                    JsonParser.parseString(row.substring(FROM_CONFIG.length())).getAsJsonObject();
            JsonObject config = Schedulers.load(file()).config().toJson();
            changes.asMap().forEach(config::add);
            return Schedulers.load(config);
        }

        @Override
        public void close() {
            unet.close();
            fixtures.close();
            manager.close();
        }
    }

    Stream<Arguments> rows() {
        List<Arguments> rows = new ArrayList<>();
        for (Model model : models) {
            model.fixtures.names().stream()
                    .filter(name -> name.startsWith(FROM_CONFIG) || name.startsWith(FROM_FILE))
                    .forEach(name -> rows.add(Arguments.of("SD " + model.generation + " " + name, model, name)));
        }
        return rows.stream();
    }

    @ParameterizedTest(name = "{0}", autoCloseArguments = false)
    @MethodSource("rows")
    void aRunEndsAtTheLatentsOfDiffusers(String name, Model model, String row) {
        Scheduler scheduler = model.scheduler(row);
        SamplingState start = scheduler.start(SamplingParityTest.STEPS);
        try (NDManager scratch = model.manager.newSubManager();
                Progress progress = Progress.start("sample", start.timesteps().size())) {
            NDArray noise = model.fixtures.get("latents");
            noise.attach(scratch);
            NDArray latents = new DenoisingLoop(model.unet::forward, scheduler, new Guidance(7.5, 0))
                    .run(
                            start,
                            noise.mul(start.initNoiseSigma()),
                            model.embeddings,
                            SamplingParityTest.recorded(model.fixtures.get("noises")),
                            StepCallback.NONE,
                            progress);
            assertClose(latents, model.fixtures.get(row), SamplingParityTest.TOLERANCE);
        }
    }

    @AfterAll
    void closeModels() {
        models.forEach(Model::close);
    }
}
