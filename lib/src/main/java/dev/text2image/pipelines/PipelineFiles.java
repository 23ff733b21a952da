package dev.text2image.pipelines;

import dev.text2image.hub.FileChoice;
import dev.text2image.hub.RepoFile;
import dev.text2image.io.InvalidInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The files of a repository that make a pipeline: configurations, tokenizer, and of each part's weights one variant as safetensors. A
 * safety checker is left out, as none is run.
 *
 * @param variant the variant that is taken where a part has it, such as fp16; null for the plain weights
 * @param plain folders whose plain weights are taken in any case, as training needs those of what it trains
 */
record PipelineFiles(@Nullable String variant, Set<String> plain) implements FileChoice {
    private static final int NAMED = 12;

    @Override
    public List<RepoFile> choose(List<RepoFile> files) {
        if (files.stream().noneMatch(file -> file.path().equals(PipelineDirectory.INDEX_FILE))) {
            throw new InvalidInputException("The repository has no " + PipelineDirectory.INDEX_FILE
                    + ", so it is no model in the layout of diffusers; it holds " + names(files)
                    + ". Name one that has it, such as stable-diffusion-v1-5/stable-diffusion-v1-5.");
        }
        List<RepoFile> chosen = new ArrayList<>();
        for (RepoFile file : files) {
            if (file.path().equals(PipelineDirectory.INDEX_FILE)) {
                chosen.add(file);
            }
        }
        for (PipelineComponent part : PipelineComponent.values()) {
            chosen.addAll(part(part, FileChoice.under(part.folder()).choose(files)));
        }
        return chosen;
    }

    private List<RepoFile> part(PipelineComponent part, List<RepoFile> files) {
        List<RepoFile> chosen = new ArrayList<>(files.stream()
                .filter(file -> file.path().matches("[^/]+/[^/]+\\.(json|txt)")
                        && !file.path().contains(".index."))
                .toList());
        if (!part.weightBase().isEmpty()) {
            List<RepoFile> ofVariant = weights(part, files, variant);
            boolean both = variant != null && plain.contains(part.folder());
            List<RepoFile> others = ofVariant.isEmpty() || both ? weights(part, files, null) : List.of();
            if (ofVariant.isEmpty() && others.isEmpty()) {
                throw new InvalidInputException(
                        "The repository's " + part.folder() + " has no weights as safetensors; it holds "
                                + names(files)
                                + ". Pickle is not read, as it can run any code: name another revision or a copy that"
                                + " has safetensors.");
            }
            Stream.concat(ofVariant.stream(), others.stream()).distinct().forEach(chosen::add);
        }
        return chosen;
    }

    /** A single file before shards, as the weights are opened. */
    private static List<RepoFile> weights(PipelineComponent part, List<RepoFile> files, @Nullable String variant) {
        String base = Pattern.quote(part.folder() + "/" + part.weightBase());
        String infix = variant == null ? "" : Pattern.quote("." + variant);
        List<RepoFile> single = matching(files, base + infix + "\\.safetensors");
        return single.isEmpty()
                ? matching(
                        files,
                        base + infix + "-\\d+-of-\\d+\\.safetensors|" + base + "\\.safetensors\\.index" + infix
                                + "\\.json")
                : single;
    }

    private static List<RepoFile> matching(List<RepoFile> files, String pattern) {
        Pattern compiled = Pattern.compile(pattern);
        return files.stream()
                .filter(file -> compiled.matcher(file.path()).matches())
                .toList();
    }

    private static String names(List<RepoFile> files) {
        List<String> first = files.stream().map(RepoFile::path).limit(NAMED).toList();
        return files.isEmpty() ? "nothing" : String.join(", ", first) + (files.size() > NAMED ? ", ..." : "");
    }
}
