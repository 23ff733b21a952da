package dev.text2image.cli;

import dev.text2image.data.CaptionedDataset;
import dev.text2image.hub.Hub;
import dev.text2image.hub.RepoId;
import dev.text2image.hub.RepoType;
import dev.text2image.io.InvalidInputException;
import dev.text2image.pipelines.PipelineDirectory;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Downloads a model or a data set, so that what uses it later needs no network. */
@Command(
        name = "download",
        description = "Downloads what is needed of a model or a data set of the Hugging Face hub into its cache.")
final class DownloadCommand implements Runnable {
    @Parameters(
            paramLabel = "NAME",
            description = "Name on the hub, such as stable-diffusion-v1-5/stable-diffusion-v1-5.")
    private String name = "";

    @Option(names = "--repo_type", description = "model or dataset (default: ${DEFAULT-VALUE}).")
    private RepoType type = RepoType.MODEL;

    @Option(names = "--revision", description = "Branch, tag or commit of a model.")
    private @Nullable String revision;

    @Option(names = "--variant", description = "Variant of a model's weight files, such as fp16.")
    private @Nullable String variant;

    @Override
    public void run() {
        Path path = Path.of(new RepoId(type, name).name());
        if (RepoId.of(type, path).isEmpty()) {
            throw new InvalidInputException(
                    path + " is a directory here, which wins over a name on the hub; or give namespace/name.");
        }
        if (type == RepoType.MODEL) {
            System.out.println("Model: "
                    + PipelineDirectory.open(path, revision, variant, Set.of()).path());
        } else {
            try (CaptionedDataset data = CaptionedDataset.open(path)) {
                System.out.println("Data set: " + data.size() + " images in "
                        + Hub.shared().settings().cache());
            }
        }
    }
}
