package dev.text2image.training;

import ai.djl.Device;
import dev.text2image.io.AtomicFiles;
import dev.text2image.lora.LoraAdapters;
import dev.text2image.lora.LoraComponent;
import dev.text2image.lora.LoraFile;
import dev.text2image.lora.LoraFormat;
import dev.text2image.lora.LoraWriter;
import dev.text2image.models.PretrainedModel;
import dev.text2image.nn.Weights;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Weights that are trained together: what gradients change, an average follows, and a checkpoint keeps. */
public interface TrainedWeights {
    /**
     * Returns where the weights lie in a checkpoint.
     *
     * @return the name of a directory; the average is beside it, with _ema at the end
     */
    String folder();

    /**
     * Returns what their keys begin with in the optimizer's memory.
     *
     * @return the prefix, different for each of the weights of a run
     */
    String prefix();

    /**
     * Returns the weights.
     *
     * @return float32 weights that require gradients
     */
    Weights weights();

    /**
     * Reads weights of the same shapes, such as an average.
     *
     * @param directory where {@link #save} wrote them
     * @param device where they are kept
     * @return the weights, to be closed by the caller
     * @throws dev.text2image.io.InvalidInputException if they cannot be read
     */
    Weights read(Path directory, Device device);

    /**
     * Writes weights of the same shapes.
     *
     * @param directory the directory, which is made or replaced
     * @param weights these weights or their average
     */
    void save(Path directory, Weights weights);

    /**
     * Trains all weights of a model.
     *
     * @param folder where they lie in a checkpoint
     * @param prefix what their keys begin with in the optimizer's memory
     * @param model the model, whose weights require gradients from now on
     * @return its weights
     */
    static TrainedWeights of(String folder, String prefix, PretrainedModel model) {
        model.weights().requireGradients(true);
        return new OfModel(folder, prefix, model);
    }

    /**
     * Trains a model of a pipeline: its adapters if it has some, else all its weights.
     *
     * @param component which model
     * @param prefix what the keys begin with in the optimizer's memory
     * @param model the model, whose weights require gradients from now on
     * @return its weights
     */
    static TrainedWeights of(LoraComponent component, String prefix, PretrainedModel model) {
        if (model.adapters().isEmpty()) {
            return of(component.prefix(), prefix, model);
        }
        model.weights().requireGradients(true);
        return new OfAdapters(component, prefix, model);
    }

    /**
     * Lists weights as an optimizer takes them.
     *
     * @param trained the weights
     * @return the weights by prefix, in order
     */
    static Map<String, Weights> byPrefix(List<TrainedWeights> trained) {
        Map<String, Weights> weights = new LinkedHashMap<>();
        trained.forEach(part -> weights.put(part.prefix(), part.weights()));
        return weights;
    }

    /** The weights of a model's adapters, kept as a LoRA file. */
    record OfAdapters(LoraComponent component, String prefix, PretrainedModel model) implements TrainedWeights {
        /** The directory of the adapters of a model. */
        static String folder(LoraComponent component) {
            return component.prefix() + "_lora";
        }

        @Override
        public String folder() {
            return folder(component);
        }

        @Override
        public Weights weights() {
            return model.weights();
        }

        @Override
        public Weights read(Path directory, Device device) {
            return LoraFile.open(directory)
                    .read(component, model.layers(), device)
                    .weights(model.adapters());
        }

        @Override
        public void save(Path directory, Weights weights) {
            Map<LoraComponent, LoraAdapters> parts = Map.of(component, with(weights));
            AtomicFiles.writeDirectory(
                    directory, target -> LoraWriter.write(target.resolve(LoraFile.NAME), LoraFormat.DIFFUSERS, parts));
        }

        /** The adapters with their present weights, or an average of them. */
        LoraAdapters with(Weights weights) {
            return new LoraAdapters(model.adapters(), weights);
        }
    }

    /** All weights of a model. */
    record OfModel(String folder, String prefix, PretrainedModel model) implements TrainedWeights {
        @Override
        public Weights weights() {
            return model.weights();
        }

        @Override
        public Weights read(Path directory, Device device) {
            return model.readWeights(directory, device);
        }

        @Override
        public void save(Path directory, Weights weights) {
            model.save(directory, weights);
        }
    }
}
