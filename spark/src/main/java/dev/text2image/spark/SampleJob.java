package dev.text2image.spark;

import dev.text2image.io.InvalidInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Draws many images: each task is {@code sample} with its part of the batches. */
final class SampleJob {
    private static final String PARTS = "--parts";
    private static final int PARTS_PER_EXECUTOR = 4;

    private final List<String> flags;
    private final int parts;

    /**
     * Reads the flags.
     *
     * @param words those of {@code sample}, and {@code --parts}
     * @throws InvalidInputException if the number of parts cannot be used
     */
    SampleJob(List<String> words) {
        List<String> rest = new ArrayList<>(words);
        int place = rest.indexOf(PARTS);
        int count = 0;
        if (place >= 0) {
            String value = place + 1 < rest.size() ? rest.remove(place + 1) : "";
            rest.remove(place);
            if (!value.matches("[1-9]\\d{0,6}")) {
                throw new InvalidInputException("parts is '" + value + "'; it must be a number from 1 on.");
            }
            count = Integer.parseInt(value);
        }
        this.flags = List.copyOf(rest);
        this.parts = count;
    }

    void run() {
        try (Cluster cluster = new Cluster("sample")) {
            int count = parts == 0 ? PARTS_PER_EXECUTOR * cluster.parallelism() : parts;
            List<Command> commands = IntStream.rangeClosed(1, count)
                    .mapToObj(number -> command(number + "/" + count))
                    .toList();
            cluster.each("parts", commands, command -> {
                command.run();
                return true;
            });
        }
    }

    private Command command(String part) {
        List<String> words = new ArrayList<>(List.of("sample"));
        words.addAll(flags);
        words.addAll(List.of("--part", part));
        return new Command(words);
    }
}
