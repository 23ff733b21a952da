package dev.text2image.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.text2image.io.InvalidInputException;
import dev.text2image.torch.Torch;
import dev.text2image.training.objectives.Noise;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BatchAheadTest {
    private static final long BROKEN = 7;

    private final List<Long> made = new CopyOnWriteArrayList<>();
    private final CountDownLatch second = new CountDownLatch(1);
    private NDManager scratch;
    private BatchAhead batches;

    @BeforeEach
    void open() {
        scratch = Torch.newManager(Device.cpu());
        batches = new BatchAhead(Device.cpu(), this::make);
    }

    @AfterEach
    void close() {
        batches.close();
        scratch.close();
    }

    private TextToImageBatch make(NDManager owner, long place) {
        made.add(place);
        if (place == 1) {
            second.countDown();
        }
        if (place == BROKEN) {
            throw new InvalidInputException("image 7 is broken");
        }
        NDArray noise = owner.zeros(new Shape(1));
        return new TextToImageBatch(
                owner.zeros(new Shape(1)),
                owner.zeros(new Shape(1)),
                owner.zeros(new Shape(1)),
                Noise.unperturbed(noise),
                (int) place);
    }

    private int placeOf(long place) {
        return batches.get(scratch, place, true).timesteps()[0];
    }

    @Test
    void theNextOneIsMadeBeforeItIsAskedFor() throws InterruptedException {
        assertThat(placeOf(0)).isZero();
        assertThat(second.await(1, TimeUnit.MINUTES)).isTrue();
        assertThat(placeOf(1)).isEqualTo(1);
        assertThat(placeOf(2)).isEqualTo(2);
    }

    @Test
    void nothingIsMadeAheadOfWhatIsNotThereYet() {
        assertThat(batches.get(scratch, 0, false).timesteps()).containsExactly(0);
        assertThat(made).containsExactly(0L);
        assertThat(placeOf(1)).isEqualTo(1);
    }

    @Test
    void anyOtherPlaceStartsAnewThere() {
        assertThat(placeOf(0)).isZero();
        assertThat(placeOf(20)).isEqualTo(20);
        assertThat(placeOf(3)).isEqualTo(3);
    }

    @Test
    void arraysBelongToWhoAskedEvenIfTheirContentsAreEqual() {
        TextToImageBatch batch = batches.get(scratch, 0, true);
        batches.get(scratch, 1, true);
        NDArray noise = batch.noise().target();
        assertThat(List.of(batch.images(), batch.text(), batch.posteriorNoise(), noise))
                .allSatisfy(array -> {
                    assertThat(array.getManager()).isSameAs(scratch);
                    assertThat(array.toFloatArray()).containsExactly(0);
                });
    }

    @Test
    void whatFailsIsToldWhenItIsAskedForAndNotBefore() {
        assertThat(placeOf(BROKEN - 1)).isEqualTo(BROKEN - 1);
        assertThatThrownBy(() -> placeOf(BROKEN)).hasMessage("image 7 is broken");
        assertThat(placeOf(BROKEN + 1)).isEqualTo(BROKEN + 1);
    }

    @Test
    void afterAnInterruptTheSameOneCanBeAskedForAgain() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> placeOf(0)).isInstanceOf(CancellationException.class);
        assertThat(placeOf(0)).isZero();
        assertThat(placeOf(1)).isEqualTo(1);
        assertThat(made).containsOnlyOnce(0L, 1L);
    }
}
