package dev.text2image.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProgressLoopTest {
    private final List<String> shown = new ArrayList<>();

    ProgressLoopTest() {
        Progress.setDefaultListener((label, total) -> (done, note, last) -> shown.add(
                label + " " + done + "/" + total + (note.isEmpty() ? "" : " " + note) + (last ? " end" : "")));
    }

    @AfterEach
    void reset() {
        OpenViews.finish();
        Progress.setDefaultListener(ProgressListener.SILENT);
    }

    @Test
    void aStepIsDoneWhenItsBodyIs() {
        var steps = Progress.range(2, "train");
        for (int step : steps) {
            steps.note("loss %.1f", step / 2.0);
        }
        assertThat(shown).containsExactly("train 1/2 loss 0.0", "train 2/2 loss 0.5", "train 2/2 loss 0.5 end");
    }

    @Test
    void aLoopCanRunAgain() {
        var words = Progress.over(List.of("a", "b"), "");
        var seen = new StringBuilder();
        words.forEach(seen::append);
        for (String word : words) {
            seen.append(word);
        }
        assertThat(seen).hasToString("abab");
        assertThat(shown).filteredOn(line -> line.endsWith("end")).hasSize(2);
    }

    @Test
    void aLoopThatIsLeftShowsHowFarItCame() {
        for (int step : Progress.range(5, "search")) {
            if (step == 3) {
                break;
            }
        }
        assertThat(shown).last().isEqualTo("search 3/5");
        OpenViews.finish();
        OpenViews.finish();
        assertThat(shown).last().isEqualTo("search 3/5 end");
        assertThat(shown).filteredOn(line -> line.endsWith("end")).hasSize(1);
    }

    @Test
    void anInnerLoopThatIsLeftEndsWhenTheOuterGoesOn() {
        for (int outer : Progress.range(2, "outer")) {
            for (int inner : Progress.range(9, "inner")) {
                if (inner > outer) {
                    break;
                }
            }
        }
        assertThat(shown)
                .containsExactly(
                        "inner 1/9",
                        "inner 1/9 end",
                        "outer 1/2",
                        "inner 1/9",
                        "inner 2/9",
                        "inner 2/9 end",
                        "outer 2/2",
                        "outer 2/2 end");
    }

    @Test
    void anExceptionOfTheSourceEndsTheBar() {
        Iterable<String> damaged = () -> {
            throw new IllegalStateException("cannot be read");
        };
        assertThatThrownBy(() -> Progress.over(damaged, "read").iterator()).hasMessage("cannot be read");
        assertThat(shown).isEmpty();
        List<Integer> changing = new ArrayList<>(List.of(1, 2));
        assertThatThrownBy(() -> {
                    for (int item : Progress.over(changing, "read")) {
                        changing.add(item);
                    }
                })
                .isInstanceOf(java.util.ConcurrentModificationException.class);
        assertThat(shown).last().isEqualTo("read 1/2 end");
    }

    @Test
    void anInterruptEndsTheLoopAndTheBar() {
        assertThatThrownBy(() -> {
                    for (int step : Progress.range(5, "train")) {
                        if (step == 1) {
                            Thread.currentThread().interrupt();
                        }
                    }
                })
                .isInstanceOf(CancellationException.class);
        assertThat(Thread.interrupted()).isFalse();
        assertThat(shown).last().isEqualTo("train 2/5 end");
    }

    @Test
    void theNumberOfStepsNeedNotBeKnown() {
        Iterable<Integer> unknown = () -> List.of(1, 2).iterator();
        Progress.over(unknown, "rows").forEach(row -> {});
        assertThat(shown).containsExactly("rows 1/-1", "rows 2/-1", "rows 2/-1 end");
    }

    @Test
    void aLoopEndsAfterItsLastItem() {
        var iterator = Progress.range(1, "once").iterator();
        assertThat(iterator.next()).isZero();
        assertThatThrownBy(iterator::next)
                .isInstanceOf(NoSuchElementException.class)
                .hasMessage("The loop \"once\" has ended.");
        assertThatThrownBy(() -> Progress.range(-1, "")).hasMessage("n is -1; a loop has 0 steps or more.");
    }

    @Test
    void theConsoleShowsTextWithOrWithoutATotal() {
        var bytes = new ByteArrayOutputStream();
        var console = new ConsoleProgress(new PrintStream(bytes, true, StandardCharsets.UTF_8), false);
        Progress.setDefaultListener(console);
        Iterable<Integer> unknown = () -> List.of(1, 2).iterator();
        Progress.over(unknown, "rows").forEach(row -> {});
        for (int step : Progress.range(20, "train")) {
            if (step == 3) {
                break;
            }
        }
        OpenViews.finish();
        assertThat(bytes.toString(StandardCharsets.UTF_8).lines().map(line -> line.replaceFirst("  \\d.*", "")))
                .containsExactly(
                        "rows 1",
                        "rows 2",
                        "train [#.......................] 1/20",
                        "train [##......................] 2/20",
                        "train [###.....................] 3/20");
    }
}
