package dev.text2image.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import dev.text2image.testing.ShowsEffectOf;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Devices and threads, and switches that neither DJL nor TorchScript has. */
class TorchTest {
    @AfterEach
    void reset() {
        Torch.allowTf32(false);
    }

    @Test
    void aThreadHasTheNumberOfThreadsThatWasChosenForIt() {
        int all = Torch.threads();
        ExecutorService first = Executors.newSingleThreadExecutor();
        ExecutorService later = Executors.newSingleThreadExecutor();
        try {
            CompletableFuture.runAsync(() -> Torch.setThreads(all + 1), first).join();
            assertThat(Torch.threads()).isEqualTo(all);
            Torch.setThreads(all);
            assertThat(CompletableFuture.supplyAsync(Torch::threads, first).join())
                    .isEqualTo(all + 1);
            assertThat(CompletableFuture.supplyAsync(Torch::threads, later).join())
                    .isEqualTo(all);
        } finally {
            first.shutdown();
            later.shutdown();
        }
    }

    @Test
    void devicesAreNamedOrCounted() {
        assertThat(Torch.devices("cpu", 1)).containsExactly(Device.cpu());
        assertThat(Torch.devices("cpu", 2)).containsExactly(Device.cpu(), Device.cpu());
        assertThat(Torch.devices("CPU, cpu", 2)).containsExactly(Device.cpu(), Device.cpu());
        assertThatThrownBy(() -> Torch.devices("cpu,cuda:77", 2))
                .hasMessageContaining("Device 'cuda:77' was asked for, but PyTorch sees");
        assertThatThrownBy(() -> Torch.devices("cuda:0,cuda:1", 3))
                .hasMessage("Device 'cuda:0,cuda:1' names 2 devices, but 3 are wanted; name as many.");
    }

    @Test
    @ShowsEffectOf("allow_tf32")
    void tf32IsOffUntilItIsAllowed() {
        assertThat(Torch.allowsTf32()).isFalse();
        Torch.allowTf32(true);
        assertThat(Torch.allowsTf32()).isTrue();
        Torch.allowTf32(false);
        assertThat(Torch.allowsTf32()).isFalse();
    }
}
