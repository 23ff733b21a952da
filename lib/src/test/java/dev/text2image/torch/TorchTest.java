package dev.text2image.torch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Switches that neither DJL nor TorchScript has. */
class TorchTest {
    @AfterEach
    void reset() {
        Torch.allowTf32(false);
    }

    @Test
    void tf32IsOffUntilItIsAllowed() {
        assertThat(Torch.allowsTf32()).isFalse();
        Torch.allowTf32(true);
        assertThat(Torch.allowsTf32()).isTrue();
        Torch.allowTf32(false);
        assertThat(Torch.allowsTf32()).isFalse();
    }
}
