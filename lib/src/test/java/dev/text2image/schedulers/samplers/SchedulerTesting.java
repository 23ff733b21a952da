package dev.text2image.schedulers.samplers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.text2image.schedulers.NoiseSource;
import dev.text2image.schedulers.SamplingState;
import dev.text2image.schedulers.Scheduler;
import dev.text2image.schedulers.StepResult;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.StreamSupport;

/** What the schedulers' tests share: resources, the hub's dummy data and a sampling loop without leaks. */
final class SchedulerTesting {
    static final Shape DUMMY_SHAPE = new Shape(4, 3, 8, 8);

    private SchedulerTesting() {}

    /** A stand-in for a model. */
    @FunctionalInterface
    interface Model {
        NDArray predict(NDArray input, SamplingState state);
    }

    static JsonObject resource(String name) {
        try (InputStream in = Objects.requireNonNull(SchedulerTesting.class.getResourceAsStream(name), name);
                InputStreamReader reader = new InputStreamReader(in, StandardCharsets.UTF_8)) {
            return JsonParser.parseReader(reader).getAsJsonObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<JsonObject> objects(JsonElement array) {
        return StreamSupport.stream(array.getAsJsonArray().spliterator(), false)
                .map(JsonElement::getAsJsonObject)
                .toList();
    }

    static int[] ints(JsonElement array) {
        return StreamSupport.stream(array.getAsJsonArray().spliterator(), false)
                .mapToInt(JsonElement::getAsInt)
                .toArray();
    }

    static List<Float> floatList(JsonElement array) {
        return StreamSupport.stream(array.getAsJsonArray().spliterator(), false)
                .map(JsonElement::getAsFloat)
                .toList();
    }

    static float[] floats(JsonElement element) {
        JsonArray array = element.getAsJsonArray();
        float[] values = new float[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).getAsFloat();
        }
        return values;
    }

    /** Runs a whole loop and returns the samples after each step. */
    static List<float[]> run(
            Scheduler scheduler, SamplingState start, NDArray initial, Model model, NoiseSource noise) {
        return run(false, scheduler, start, initial, model, noise);
    }

    /** The same, where a step may get the scaled sample, as in some of the hub's tests. */
    static List<float[]> run(
            boolean scaled, Scheduler scheduler, SamplingState start, NDArray initial, Model model, NoiseSource noise) {
        List<float[]> samples = new ArrayList<>();
        NDArray sample = initial.duplicate();
        SamplingState state = start;
        while (!state.isDone()) {
            try (SamplingState current = state;
                    NDArray latents = sample;
                    NDArray input = scheduler.scaleModelInput(current, latents);
                    NDArray output = model.predict(input, current)) {
                StepResult result = scheduler.step(current, output, scaled ? input : latents, noise);
                sample = result.prevSample();
                state = result.nextState();
                samples.add(sample.toFloatArray());
            }
        }
        state.close();
        sample.close();
        return samples;
    }

    static boolean strictlyDescends(List<Float> values) {
        for (int i = 1; i < values.size(); i++) {
            if (values.get(i) >= values.get(i - 1)) {
                return false;
            }
        }
        return true;
    }

    static float[] last(List<float[]> samples) {
        return samples.get(samples.size() - 1);
    }

    static NDArray dummySample(NDManager manager, Shape shape) {
        return dummy(manager, shape, false);
    }

    static NDArray dummyNoise(NDManager manager, Shape shape) {
        return dummy(manager, shape, true);
    }

    /** Counts up (or down) with the batch as the fastest axis. */
    private static NDArray dummy(NDManager manager, Shape shape, boolean reversed) {
        int size = (int) shape.size();
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (reversed ? size - 1 - i : i) / (float) size;
        }
        long batch = shape.get(0);
        return manager.create(values, new Shape(size / batch, batch))
                .transpose()
                .reshape(shape);
    }

    static NDArray dummyModel(NDArray input, SamplingState state) {
        float timestep = state.timestep();
        try (NDArray scaled = input.mul(timestep)) {
            return scaled.div(timestep + 1);
        }
    }
}
