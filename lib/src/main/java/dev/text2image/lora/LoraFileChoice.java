package dev.text2image.lora;

import dev.text2image.hub.FileChoice;
import dev.text2image.hub.RepoFile;
import dev.text2image.io.InvalidInputException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Finds the LoRA file among others, as diffusers does (loaders/lora_base.py): files of other kinds are told by their names, and
 * {@link LoraFile#NAME} wins. Where diffusers would take any of several, a person is asked.
 *
 * @param wanted the file that a person named; empty for none
 */
record LoraFileChoice(String wanted) implements FileChoice {
    private static final String SUFFIX = ".safetensors";
    private static final List<String> OTHER_KINDS = List.of("scheduler", "optimizer", "checkpoint");

    /** Takes what stands behind the repository's name in a path. */
    static LoraFileChoice of(Path path) {
        boolean whole = path.isAbsolute() || path.getNameCount() <= 2;
        return new LoraFileChoice(
                whole ? "" : path.subpath(2, path.getNameCount()).toString().replace('\\', '/'));
    }

    @Override
    public List<RepoFile> choose(List<RepoFile> files) {
        String name = wanted.isEmpty() ? only(files.stream().map(RepoFile::path), "The repository") : wanted;
        if (files.stream().noneMatch(file -> file.path().equals(name))) {
            throw new InvalidInputException("The repository has no file " + name + "; it holds "
                    + LoraIndex.shown(files.stream().map(RepoFile::path).toList()) + ".");
        }
        // peft keeps what is not in the tensors in a file of its own.
        String other =
                name.endsWith(LoraFile.PEFT_NAME) ? name.replace(LoraFile.PEFT_NAME, LoraFile.PEFT_CONFIG) : name;
        return files.stream()
                .filter(file -> file.path().equals(name) || file.path().equals(other))
                .toList();
    }

    /**
     * Finds the LoRA file.
     *
     * @param names the names of all files
     * @param place where they are, for messages: the first words of a sentence
     * @throws InvalidInputException if there is none, or several
     */
    static String only(Stream<String> names, String place) {
        List<String> weights = names.filter(name -> name.endsWith(SUFFIX))
                .filter(name -> OTHER_KINDS.stream().noneMatch(name::contains))
                .sorted()
                .toList();
        List<String> usual =
                weights.stream().filter(name -> name.endsWith(LoraFile.NAME)).toList();
        List<String> found = usual.isEmpty() ? weights : usual;
        if (found.size() != 1) {
            throw new InvalidInputException(place
                    + (found.isEmpty()
                            ? " holds no LoRA file, such as " + LoraFile.NAME + "."
                            : " holds several LoRA files: " + LoraIndex.shown(found)
                                    + "; put the name of one behind a slash."));
        }
        return found.get(0);
    }
}
