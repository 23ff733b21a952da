package dev.text2image.spark;

import dev.text2image.io.InvalidInputException;
import dev.text2image.progress.Progress;
import dev.text2image.torch.Torch;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.BarrierTaskInfo;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkException;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.resource.ResourceInformation;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import scala.Function1;
import scala.collection.Iterator;
import scala.reflect.ClassTag$;

/** The executors of a Spark application. */
final class Cluster implements AutoCloseable {
    /** libtorch's generator and the memory of the device are shared by all tasks of an executor. */
    private static final Lock ONE_AT_A_TIME = new ReentrantLock();
    /** How long work that needs several executors at once waits for those that start anew: 5 minutes. */
    private static final String SECONDS_BETWEEN_LOOKS = "2s";

    private static final String LOOKS = "150";

    private final JavaSparkContext context;

    /**
     * Connects to the cluster that {@code spark-submit} was given.
     *
     * @param name name of the application
     */
    Cluster(String name) {
        SparkConf conf = new SparkConf()
                .setAppName("text2image " + name)
                .setIfMissing("spark.scheduler.barrier.maxConcurrentTasksCheck.interval", SECONDS_BETWEEN_LOOKS)
                .setIfMissing("spark.scheduler.barrier.maxConcurrentTasksCheck.maxFailures", LOOKS);
        this.context = new JavaSparkContext(conf);
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

    /**
     * Does work in tasks that run at the same time and know each other, each in an executor of its own. If one ends in any way but with
     * an answer, Spark interrupts the others.
     *
     * @param <R> a serializable result
     * @param count how many tasks
     * @param work what each does; if it refuses with an {@link InvalidInputException}, all tasks have to end by themselves
     * @return the results, in the order of the tasks
     * @throws InvalidInputException if the work said so, or the executors cannot be used for it
     * @throws SparkException if a task ended without an answer, with its reason
     */
    <R> List<R> together(int count, Function<BarrierTaskContext, R> work) throws SparkException {
        context.setInterruptOnCancel(true);
        List<Integer> numbers = IntStream.range(0, count).boxed().toList();
        Function1<Iterator<Integer>, Iterator<Integer>> unchanged =
                (Function1<Iterator<Integer>, Iterator<Integer>> & Serializable) items -> items;
        return context
                .parallelize(numbers, count)
                .rdd()
                .barrier()
                .mapPartitions(unchanged, false, ClassTag$.MODULE$.<Integer>apply(Integer.class))
                .toJavaRDD()
                .map(number -> amongOthers(work))
                .collect()
                .stream()
                .map(Answer::value)
                .toList();
    }

    private static <R> Answer<R> amongOthers(Function<BarrierTaskContext, R> work) throws Exception {
        BarrierTaskContext task = BarrierTaskContext.get();
        List<String> executors =
                Arrays.stream(task.getTaskInfos()).map(BarrierTaskInfo::address).toList();
        if (Set.copyOf(executors).size() < executors.size()) {
            return new Answer.Refused<>("Spark gave two of " + executors.size() + " tasks to one executor, at "
                    + executors + ", which can do one at a time; set spark.task.cpus to the cores of an executor.");
        }
        return alone(task, work);
    }

    /**
     * Returns the GPU that Spark has given to the task that calls.
     *
     * @return its name, such as cuda:1; empty if it has given none
     */
    static Optional<String> gpu() {
        ResourceInformation gpus = TaskContext.get().resourcesJMap().get("gpu");
        return Optional.ofNullable(gpus).map(some -> "cuda:" + some.addresses()[0]);
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
