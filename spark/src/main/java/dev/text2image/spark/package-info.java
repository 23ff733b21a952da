/**
 * What is large, divided among the machines of a Spark cluster: {@link dev.text2image.spark.EncodeJob} fills the caches of a run,
 * {@link dev.text2image.spark.SampleJob} draws many prompts, {@link dev.text2image.spark.SweepJob} trains with many hyper-parameters. Each
 * item of work has the same result wherever it is done and however often; when an executor dies, Spark does its items again.
 * {@link dev.text2image.spark.TrainJob} trains one run in several executors together, which add up their gradients in a
 * {@link dev.text2image.spark.Ring}.
 */
@NullMarked
package dev.text2image.spark;

import org.jspecify.annotations.NullMarked;
