package dev.text2image.pipelines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.progress.Progress;
import dev.text2image.progress.ProgressListener;
import dev.text2image.schedulers.NoiseSource;
import dev.text2image.schedulers.SamplingState;
import dev.text2image.schedulers.Scheduler;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.samplers.DDIMScheduler;
import dev.text2image.schedulers.samplers.DDPMScheduler;
import dev.text2image.schedulers.samplers.PNDMScheduler;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.Torch;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the loop does with memory and with the model. */
class DenoisingLoopTest {
    private static final Guidance GUIDANCE = new Guidance(7.5, 0.5);
    private static final int STEPS = 10;

    private NDManager manager;
    private NDArray noise;
    private NDArray embeddings;

    @BeforeEach
    void open() {
        manager = Torch.newManager(Device.cpu());
        noise = manager.randomNormal(new Shape(1, 4, 8, 8));
        embeddings = manager.zeros(new Shape(2, 77, 32));
    }

    @AfterEach
    void close() {
        manager.close();
    }

    static List<Scheduler> schedulers() {
        SchedulerConfig config = SchedulerConfig.stableDiffusion();
        return List.of(PNDMScheduler.from(config), DDIMScheduler.from(config), DDPMScheduler.from(config));
    }

    private static NDArray half(NDArray sample, NDArray timesteps, NDArray states) {
        return sample.mul(0.5);
    }

    private NDArray run(DenoisingLoop loop, ProgressListener listener) {
        SamplingState start = loop.scheduler().start(STEPS);
        try (Progress progress = Progress.start("sample", start.timesteps().size(), listener)) {
            return loop.run(start, noise, embeddings, NoiseSource.engine(), StepCallback.NONE, progress);
        }
    }

    @ParameterizedTest
    @MethodSource("schedulers")
    void stepsLeaveNothingButTheLatents(Scheduler scheduler) {
        List<Integer> arrays = new ArrayList<>();
        ProgressListener listener = (label, total) ->
                (done, note, last) -> arrays.add(manager.getManagedArrays().size());
        NDArray latents = run(new DenoisingLoop(DenoisingLoopTest::half, scheduler, GUIDANCE), listener);
        // A multistep sampler remembers up to four model outputs and samples besides noise, embeddings and latents.
        assertThat(arrays).allMatch(count -> count <= 3 + 5);
        assertThat(arrays.subList(5, arrays.size() - 1)).containsOnly(arrays.get(5));
        assertThat(manager.getManagedArrays()).containsExactlyInAnyOrder(noise, embeddings, latents);
    }

    @Test
    void aFailureLeavesNothing() {
        int[] calls = {0};
        DenoisingLoop.NoisePredictor failing = (sample, timesteps, states) -> {
            if (++calls[0] == 3) {
                throw new IllegalStateException("out of memory");
            }
            return sample.mul(0.5);
        };
        DenoisingLoop loop = new DenoisingLoop(failing, schedulers().get(0), GUIDANCE);
        assertThatThrownBy(() -> run(loop, ProgressListener.SILENT)).hasMessage("out of memory");
        assertThat(manager.getManagedArrays()).containsExactlyInAnyOrder(noise, embeddings);
    }

    @Test
    void theModelSeesBothHalvesOnlyWithGuidance() {
        List<Shape> shapes = new ArrayList<>();
        DenoisingLoop.NoisePredictor model = (sample, timesteps, states) -> {
            shapes.add(sample.getShape());
            shapes.add(timesteps.getShape());
            return sample.mul(0.5);
        };
        run(new DenoisingLoop(model, schedulers().get(1), GUIDANCE), ProgressListener.SILENT);
        assertThat(shapes).hasSize(2 * STEPS).startsWith(new Shape(2, 4, 8, 8), new Shape(2));
        shapes.clear();
        run(new DenoisingLoop(model, schedulers().get(1), new Guidance(1, 0)), ProgressListener.SILENT);
        assertThat(shapes).startsWith(new Shape(1, 4, 8, 8), new Shape(1));
    }

    @Test
    void nothingIsRecorded() {
        try (Autograd.Scope recording = Autograd.record()) {
            Autograd.requireGradient(noise, true);
            NDArray latents = run(
                    new DenoisingLoop(DenoisingLoopTest::half, schedulers().get(1), GUIDANCE), ProgressListener.SILENT);
            assertThat(Autograd.requiresGradient(latents)).isFalse();
        }
    }
}
