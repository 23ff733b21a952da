package dev.text2image.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class TorchScriptTest {
    private static final String SQUARE = """
            def square(self, w: List[Tensor], x: Tensor, scale: float) -> List[Tensor]:
              return [torch.mul(torch.mul(torch.mul(x, x), w[0]), scale)]
            """;

    @Test
    void aMethodWrittenAtRunTimeComputesAndDifferentiates() {
        try (NDManager manager = Torch.newManager(Device.cpu());
                TorchScript script = TorchScript.compile(SQUARE);
                Autograd.Scope recording = Autograd.record()) {
            NDArray weight = manager.create(new float[] {2, 3});
            Autograd.requireGradient(weight, true);
            NDArray x = manager.create(new float[] {4, 5});
            try (TensorList weights = TensorList.of(List.of(weight))) {
                NDArray y = script.call(manager, "square", weights, x, 10.0).singletonOrThrow();
                assertThat(y.toFloatArray()).containsExactly(320, 750);
                Autograd.backward(y.sum());
            }
            NDArray gradient = Autograd.gradient(weight);
            assertThat(gradient).isNotNull();
            assertThat(gradient.toFloatArray()).containsExactly(160, 250);
        }
    }

    @Test
    void sourceThatDoesNotCompileNamesThePlace() {
        assertThatThrownBy(() -> TorchScript.compile("def f(self) -> List[Tensor]:\n  return [torch.no_such_op(1)]\n"))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("no_such_op");
    }

    @Test
    void theRandomStreamIsTorchs() {
        Torch.seed(0);
        try (NDManager manager = Torch.newManager(Device.cpu())) {
            // torch.manual_seed(0); torch.randn(4)
            assertThat(manager.randomNormal(new Shape(4)).toFloatArray())
                    .containsExactly(new float[] {1.5410f, -0.2934f, -2.1788f, 0.5684f}, offset(1e-4f));
        }
    }
}
