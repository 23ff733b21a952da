package dev.text2image.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.EngineException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is said of a GPU. The reasons that are known before Java starts are those of the launcher's tests. */
class GraphicsCardTest {
    private static final long GIB = 1L << 30;

    @Test
    void theReasonThatTheLauncherFoundIsToldAsItIs() {
        String reason = "NVIDIA T4 is not used: its driver is 470.82.01.";
        assertThat(GraphicsCard.whyUnused(Map.of("TEXT2IMAGE_UNUSED_GPU", reason)))
                .contains(reason);
    }

    @Test
    void aGpuThatIsThereIsNamedIfTheProgramWasStartedWithoutItsLibraries() {
        assertThat(GraphicsCard.whyUnused(Map.of()).stream())
                .hasSize(GraphicsCard.all().isEmpty() ? 0 : 1)
                .allMatch(reason -> reason.contains("is not used: this program was started without the CUDA build"));
    }

    @Test
    void memoryThatOthersHaveTakenIsToldWhereItMatters() {
        assertThat(GraphicsCard.taken("cuda:0", new DeviceMemory(80 * GIB, 78 * GIB)))
                .isEmpty();
        assertThat(GraphicsCard.taken("cuda:0", new DeviceMemory(80 * GIB, 10 * GIB)))
                .contains("Other processes have taken 70.0 of 80.0 GiB of cuda:0; nvidia-smi lists them.");
    }

    @Test
    void aDeviceThatIsNotThereIsRefusedWithTheWayToFindOut() {
        assertThatThrownBy(() -> Torch.device("cuda:99"))
                .hasMessageContaining("Device 'cuda:99' was asked for")
                .hasMessageContaining("./run");
    }

    @Test
    void libtorchsSentencesAboutExhaustedMemoryAreKeptWithoutItsStack() {
        String sentences =
                "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 15.77 GiB of which"
                        + " 1.12 GiB is free. Process 4211 has 12.10 GiB memory in use.";
        var failure =
                new EngineException(sentences + "\nException raised from malloc at CUDACachingAllocator.cpp:1377");
        assertThat(DeviceMemory.exhausted(failure)).contains(sentences);
        assertThat(DeviceMemory.exhausted(new IllegalStateException("Replica 2 of 2 on cuda:1 failed", failure)))
                .contains(sentences);
        assertThat(DeviceMemory.exhausted(new EngineException("mat1 and mat2 shapes cannot be multiplied")))
                .isEmpty();
    }
}
