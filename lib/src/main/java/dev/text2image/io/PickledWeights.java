package dev.text2image.io;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Weights that are pickled, which are not read. */
public final class PickledWeights {
    private static final List<String> ENDINGS = List.of(".bin", ".pt", ".pth", ".ckpt");

    /** Gives the files their names in safetensors; a text encoder's is called pytorch_model.bin and becomes model.safetensors. */
    private static final String CONVERSION = "python3 -c \"import pathlib, torch, safetensors.torch as s;"
            + " [s.save_file({k: t.contiguous().clone() for k, t in torch.load(f, 'cpu', weights_only=True).items()},"
            + " f.with_name(f.stem.removeprefix('pytorch_') + '.safetensors'), {'format': 'pt'})"
            + " for f in pathlib.Path('%s').rglob('*model*.bin')]\"";

    /** The same for a model in one file, whose tensors may stand below state_dict. */
    private static final String CONVERSION_OF_FILE = "python3 -c \"import torch, safetensors.torch as s;"
            + " t = torch.load('%s', 'cpu', weights_only=True); t = t.get('state_dict', t);"
            + " s.save_file({k: v.contiguous().clone() for k, v in t.items() if torch.is_tensor(v)}, '%s', {'format': 'pt'})\"";

    private PickledWeights() {}

    /**
     * Says by its name whether a file is pickled.
     *
     * @param file a file
     * @return true for the endings .ckpt, .pt, .pth and .bin
     */
    public static boolean isPickled(Path file) {
        return ENDINGS.stream().anyMatch(String.valueOf(file.getFileName())::endsWith);
    }

    /**
     * Says why a pickled model in one file is not read, and how to convert it.
     *
     * @param file the file
     * @return two sentences
     */
    public static String remedyOfFile(Path file) {
        String target = file.toString().replaceFirst("\\.[^.]*$", ".safetensors");
        return "Pickle is not read, as it can run any code. Download the model's safetensors file, or convert it where torch"
                + " and safetensors are installed: " + CONVERSION_OF_FILE.formatted(file, target);
    }

    /**
     * Finds the pickled weights of a component that has no others.
     *
     * @param directory the component's directory, which need not exist
     * @return the names of the files; empty if there are safetensors files
     */
    public static List<String> in(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        List<String> present = ComponentWeights.fileNames(directory);
        return present.stream().anyMatch(name -> name.endsWith(".safetensors"))
                ? List.of()
                : present.stream()
                        .filter(name -> ENDINGS.stream().anyMatch(name::endsWith))
                        .toList();
    }

    /**
     * Says why pickled weights are not read, and how to convert them.
     *
     * @param directory a model's or a component's directory
     * @return two sentences
     */
    public static String remedy(Path directory) {
        return "Pickle is not read, as it can run any code. Download the model's safetensors files, or convert the .bin files"
                + " where torch and safetensors are installed: " + CONVERSION.formatted(directory);
    }
}
