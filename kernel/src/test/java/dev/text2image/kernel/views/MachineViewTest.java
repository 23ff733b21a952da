package dev.text2image.kernel.views;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MachineViewTest {
    @Test
    void memoryAndDeviceAreTables() {
        assertThat(MachineView.memory().text()).contains("Java heap", "machine");
        assertThat(MachineView.device().text())
                .containsPattern("device +(cpu|cuda)")
                .containsPattern("threads +\\d+ of")
                .contains("bf16", "libtorch 2.");
    }
}
