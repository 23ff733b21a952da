package dev.text2image.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Threads beside the one that computes. */
class HelperThreadsTest {
    @Test
    void theirOperationsUseOneCoreAndThoseOfOthersAsManyAsBefore() {
        int all = Torch.threads();
        ExecutorService helper = Executors.newSingleThreadExecutor(HelperThreads.named("helper"));
        ExecutorService later = Executors.newSingleThreadExecutor();
        try {
            assertThat(CompletableFuture.supplyAsync(Torch::threads, helper).join())
                    .isEqualTo(1);
            assertThat(CompletableFuture.supplyAsync(Torch::threads, later).join())
                    .isEqualTo(all);
            assertThat(Torch.threads()).isEqualTo(all);
        } finally {
            helper.shutdown();
            later.shutdown();
        }
    }

    @Test
    void aThreadUsesOneCoreForAWhile() {
        int all = Torch.threads();
        assertThat(HelperThreads.onOneCore(Torch::threads)).isEqualTo(1);
        assertThat(Torch.threads()).isEqualTo(all);
    }

    @Test
    void whatIsMadeAtOnceIsInOrder() {
        assertThat(HelperThreads.inParallel(1_000, i -> i * i))
                .isEqualTo(IntStream.range(0, 1_000).mapToObj(i -> i * i).toList());
        assertThat(HelperThreads.inParallel(0, i -> i)).isEmpty();
    }

    @Test
    void aFailureIsToldAsItIsWhenAllHaveEnded() {
        AtomicInteger ended = new AtomicInteger();
        assertThatThrownBy(() -> HelperThreads.inParallel(100, i -> {
                    if (i == 3) {
                        throw new IllegalArgumentException("number 3");
                    }
                    return ended.incrementAndGet();
                }))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("number 3");
        assertThat(ended).hasValue(99);
    }
}
