package dev.text2image.spark;

import dev.text2image.io.InvalidInputException;
import dev.text2image.progress.Progress;
import dev.text2image.torch.Torch;
import java.io.Serializable;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.spark.SparkConf;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/** The executors of a Spark application, for work whose items do not depend on each other. */
final class Cluster implements AutoCloseable {
    /** libtorch's generator and the memory of the device are shared by all tasks of an executor. */
    private static final Lock ONE_AT_A_TIME = new ReentrantLock();

    private final JavaSparkContext context;

    /**
     * Connects to the cluster that {@code spark-submit} was given.
     *
     * @param name name of the application
     */
    Cluster(String name) {
        this.context = new JavaSparkContext(new SparkConf().setAppName("text2image " + name));
    }

    /**
     * Returns how many tasks the executors run at once.
     *
     * @return at least 1
     */
    int parallelism() {
        return context.defaultParallelism();
    }

    /**
     * Does work for each item, an item a task. A task whose executor dies is done again elsewhere.
     *
     * @param <T> a serializable item
     * @param <R> a serializable result
     * @param label what the progress bar says
     * @param items the items
     * @param work what to do with one, in an executor
     * @return the results, in the order of the items
     * @throws InvalidInputException if the work on an item said so, which is not tried again
     */
    <T, R> List<R> each(String label, List<T> items, Function<T, R> work) {
        if (items.isEmpty()) {
            return List.of();
        }
        try (Progress progress = Progress.start(label, items.size())) {
            SparkListener listener = new SparkListener() {
                @Override
                public void onTaskEnd(SparkListenerTaskEnd task) {
                    if (task.taskInfo().successful()) {
                        progress.step();
                    }
                }
            };
            context.sc().addSparkListener(listener);
            try {
                List<Answer<R>> answers = context.parallelize(items, items.size())
                        .map(item -> alone(item, work))
                        .collect();
                return answers.stream().map(Answer::value).toList();
            } finally {
                context.sc().removeSparkListener(listener);
            }
        }
    }

    private static <T, R> Answer<R> alone(T item, Function<T, R> work) throws Exception {
        ONE_AT_A_TIME.lockInterruptibly();
        try {
            Torch.setThreads(TaskContext.get().cpus());
            return new Answer.Done<>(work.call(item));
        } catch (InvalidInputException e) {
            return new Answer.Refused<>(String.valueOf(e.getMessage()));
        } finally {
            ONE_AT_A_TIME.unlock();
        }
    }

    /** What an executor answers: a result, or a sentence for the person who has asked. */
    private sealed interface Answer<R> extends Serializable {
        R value();

        record Done<R>(R value) implements Answer<R> {}

        record Refused<R>(String sentence) implements Answer<R> {
            @Override
            public R value() {
                throw new InvalidInputException(sentence);
            }
        }
    }

    @Override
    public void close() {
        context.close();
    }
}
