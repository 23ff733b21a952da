package dev.text2image.data.loading;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.text2image.data.images.Images;
import dev.text2image.data.images.RgbImage;
import dev.text2image.torch.Torch;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class BatchesTest {
    /** Each byte three times, at other places in each channel. */
    @Test
    void everyByteBecomesTheNumberThatAnImageGives() {
        byte[] samples = new byte[3 * 256];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (byte) (i * 7);
        }
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            NDArray bytes = manager.create(ByteBuffer.wrap(samples), new Shape(1, 16, 16, 3), DataType.UINT8);
            NDArray numbers = Batches.normalize(bytes);
            assertThat(numbers.getShape()).isEqualTo(new Shape(1, 3, 16, 16));
            assertThat(numbers.toFloatArray()).isEqualTo(Images.normalize(RgbImage.of(16, 16, samples)));
        }
    }
}
