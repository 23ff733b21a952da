package dev.text2image.pipelines;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import dev.text2image.data.images.Images;
import dev.text2image.torch.Torch;
import org.junit.jupiter.api.Test;

class LatentImagesTest {
    @Test
    void samplesAreThoseOfAnImageMadeFromTheNumbers() {
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            NDArray numbers = manager.arange(-1.5f, 1.5f, 3f / (3 * 40 * 24)).reshape(new Shape(1, 3, 40, 24));
            numbers.set(new NDIndex("0, 1, 2, 3"), Float.NaN);
            assertThat(LatentImages.image(LatentImages.quantize(numbers)))
                    .isEqualTo(Images.fromTensor(numbers.squeeze(0)));
        }
    }
}
