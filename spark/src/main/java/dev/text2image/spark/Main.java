package dev.text2image.spark;

import dev.text2image.io.InvalidInputException;
import dev.text2image.progress.ConsoleProgress;
import dev.text2image.progress.Progress;
import java.util.Arrays;
import java.util.List;

/** What {@code spark-submit} runs: the driver of a job. */
public final class Main {
    private static final String USAGE = """
            Divides work among the machines of a Spark cluster.

            ./run spark encode FLAGS            fills the caches of a run: the flags of train, --cache_latents disk and --cache_text_embeddings disk
                                                among them; the run with the same flags then finds its latents and text embeddings
            ./run spark sample FLAGS            draws images: the flags of sample, with --seed; --parts N divides the work in N parts,
                                                each of which loads the model
            ./run spark train FLAGS             trains LoRA adapters in --num_processes executors together: the flags of train, --rank among
                                                them, or of train-lora; goes on from the newest checkpoint in --output_dir
            ./run spark sweep NAME=A,B ... train FLAGS [evaluate FLAGS]
                                                trains with each combination of the values, evaluates each, and writes a table into
                                                the output directory of train; train-lora likewise; an empty value leaves the flag out

            Without SPARK_HOME in the environment it runs on a small cluster of this machine, see README.md.
            """;

    private Main() {}

    /**
     * Runs a job and ends the process with its exit code: 0 if it succeeded, 1 if it failed, 2 for a wrong command line.
     *
     * @param args the job and its flags
     */
    public static void main(String[] args) {
        System.exit(run(Arrays.asList(args)));
    }

    private static int run(List<String> words) {
        if (words.isEmpty() || words.contains("--help") || words.contains("-h")) {
            System.out.print(USAGE);
            return words.isEmpty() ? 2 : 0;
        }
        Progress.setDefaultListener(new ConsoleProgress(System.err, false));
        List<String> flags = AbsolutePaths.in(words.subList(1, words.size()));
        try {
            switch (words.get(0)) {
                case "encode" -> new EncodeJob(flags).run();
                case "sample" -> new SampleJob(flags).run();
                case "train", "train-lora" -> new TrainJob(words.get(0), flags).run();
                case "sweep" -> new SweepJob(flags).run();
                default ->
                    throw new InvalidInputException(
                            "There is no job '" + words.get(0) + "'; use encode, sample, train or sweep.");
            }
            return 0;
        } catch (InvalidInputException e) {
            System.err.println(e.getMessage());
            return 1;
        }
    }
}
