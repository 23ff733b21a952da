package dev.text2image.torch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;

/** The numbers that DJL's own arithmetic gives on the processor. */
class ScalarsTest {
    @Test
    void arithmeticHasTheBitsOfTensorsOfOneNumber() {
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            NDArray x = manager.create(new float[] {-3.7f, 0, 1e-20f, 0.1f, 12345.678f, 3e30f});
            for (double number : new double[] {1 / 3.0, -2.5, 0.18215, 1e-7}) {
                assertThat(Scalars.mul(x, number).toFloatArray())
                        .isEqualTo(x.mul(number).toFloatArray());
                assertThat(Scalars.div(x, number).toFloatArray())
                        .isEqualTo(x.div(number).toFloatArray());
            }
            assertThat(Scalars.clamp(x, -1, 0.5).toFloatArray()).containsExactly(-1, 0, 1e-20f, 0.1f, 0.5f, 0.5f);
            assertThat(Scalars.like(x, 2).toFloatArray()).containsOnly(2).hasSize(6);
        }
    }

    @Test
    void numbersLieBesideATensorInTheShapeThatIsWanted() {
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            NDArray place = manager.zeros(new Shape(2));
            NDArray made = Scalars.beside(place, new Shape(3, 1), 1, 2, 3);
            assertThat(made.getShape()).isEqualTo(new Shape(3, 1));
            assertThat(made.toFloatArray()).containsExactly(1, 2, 3);
            assertThat(made.getManager()).isSameAs(place.getManager());
        }
    }
}
