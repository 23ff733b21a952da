package dev.text2image.trackers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompositeTrackerTest {
    @TempDir
    private Path output;

    private Tracker journal(String name) {
        return new JournalTracker(output.resolve(name));
    }

    @Test
    void allTrackersAreCalledAndClosed() {
        Tracker all = Tracker.all(List.of(journal("a"), journal("b")));
        all.start(new RunStart(0, new JsonObject(), Map.of()));
        all.scalars(1, Map.of("train_loss", 0.5));
        all.event(new RunEvent.Finished(1));
        all.close();
        assertThat(Journal.read(output.resolve("a"))).hasSize(3);
        assertThat(Journal.read(output.resolve("b"))).hasSize(3);
        assertThatThrownBy(() -> all.scalars(2, Map.of())).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void noTrackersRecordNothing() {
        try (Tracker none = Tracker.all(List.of())) {
            none.start(new RunStart(0, new JsonObject(), Map.of()));
            none.scalars(1, Map.of("train_loss", 0.5));
            none.flush();
        }
        assertThat(output).isEmptyDirectory();
    }
}
