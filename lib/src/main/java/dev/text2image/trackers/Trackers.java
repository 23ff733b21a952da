package dev.text2image.trackers;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/** The trackers that a run may report to beside its journal, by the name that {@code --report_to} has for each. */
public final class Trackers {
    private static final Map<String, Function<Path, Tracker>> BY_NAME = Map.of("tensorboard", TensorBoardTracker::new);

    private Trackers() {}

    /**
     * Lists what a run may report to.
     *
     * @return the names, then {@code all} and {@code none}
     */
    public static List<String> choices() {
        List<String> choices =
                new ArrayList<>(BY_NAME.keySet().stream().sorted().toList());
        choices.addAll(List.of("all", "none"));
        return choices;
    }

    /**
     * Makes the trackers of a choice.
     *
     * @param choice one of {@link #choices}
     * @param directory where their files go
     * @return the trackers, to be closed by the caller
     */
    public static List<Tracker> of(String choice, Path directory) {
        Collection<Function<Path, Tracker>> chosen = switch (choice) {
            case "all" -> BY_NAME.values();
            case "none" -> List.of();
            default -> List.of(Objects.requireNonNull(BY_NAME.get(choice), choice));
        };
        return chosen.stream().map(tracker -> tracker.apply(directory)).toList();
    }
}
