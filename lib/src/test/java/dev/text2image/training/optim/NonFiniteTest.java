package dev.text2image.training.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.text2image.io.InvalidInputException;
import dev.text2image.torch.Autograd;
import dev.text2image.torch.Torch;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NonFiniteTest {
    private NDManager manager;

    @BeforeEach
    void open() {
        manager = Torch.newManager(Device.cpu());
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private Map<String, NDArray> tensors(float suspect) {
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        tensors.put("first", manager.create(new float[] {1, -2}));
        tensors.put("second", manager.create(new float[] {3, suspect, 0}));
        tensors.put("third", manager.create(new float[] {suspect}));
        return tensors;
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void theFirstTensorThatWentWrongIsNamed(float wrong) {
        assertThat(NonFinite.first(tensors(wrong))).contains("second");
        assertThatThrownBy(() -> NonFinite.check(tensors(wrong)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("'second' has numbers that are infinite or not a number");
    }

    @Test
    void numbersWhoseSquaresOverflowAreFinite() {
        assertThat(NonFinite.first(tensors(-3e38f))).isEmpty();
        assertThatCode(() -> NonFinite.check(tensors(-3e38f))).doesNotThrowAnyException();
    }

    @Test
    void gradientsAreLookedAtAndMissingOnesPassedOver() {
        Map<String, NDArray> parameters = tensors(1);
        parameters.values().forEach(tensor -> Autograd.requireGradient(tensor, true));
        assertThat(NonFinite.firstGradient(parameters)).isEmpty();
        NDArray third = parameters.get("third");
        assertThat(third).isNotNull();
        try (Autograd.Scope recording = Autograd.record()) {
            Autograd.backward(third.sum(), Double.POSITIVE_INFINITY);
        }
        assertThat(NonFinite.firstGradient(parameters)).contains("third");
        assertThat(NonFinite.first(parameters)).isEmpty();
    }
}
