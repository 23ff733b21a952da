package dev.text2image.cli;

import dev.text2image.data.BrokenImage;
import dev.text2image.data.CaptionedDataset;
import dev.text2image.data.CheckedDataset;
import dev.text2image.data.ImageCheck;
import dev.text2image.io.InvalidInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** Opens the data sets of a command with what its flags say about broken images; each data set is checked once. */
final class ImageOptions {
    @Option(
            names = "--check_images",
            defaultValue = "header",
            description = "What of each image is checked before the work starts: header, or full to decode all of them"
                    + " (default: ${DEFAULT-VALUE}).")
    private ImageCheck.Depth depth = ImageCheck.Depth.HEADER;

    @Option(
            names = "--skip_broken_images",
            description = "Leave out images that cannot be read, and say how many; without it they are refused.")
    private boolean skip;

    private final Map<Path, List<BrokenImage>> broken = new HashMap<>();

    /** Checks data sets and reports the broken images of all of them in one error. */
    void check(Collection<Path> paths) {
        List<String> problems = new ArrayList<>();
        for (Path path : paths) {
            try {
                open(path).close();
            } catch (InvalidInputException e) {
                problems.add(String.valueOf(e.getMessage()));
            }
        }
        if (!problems.isEmpty()) {
            throw new InvalidInputException(String.join("\n", problems));
        }
    }

    CaptionedDataset open(Path path) {
        return open(path, CaptionedDataset.AUTO);
    }

    CaptionedDataset open(Path path, String captionColumn) {
        CaptionedDataset whole = CaptionedDataset.open(path, CaptionedDataset.AUTO, captionColumn);
        try {
            List<BrokenImage> known = broken.get(path);
            if (known != null) {
                return CheckedDataset.without(whole, known);
            }
            CheckedDataset checked = new ImageCheck(depth, skip).apply(whole);
            broken.put(path, checked.broken());
            checked.notes().forEach(note -> System.out.println("Note: " + note));
            return checked;
        } catch (RuntimeException e) {
            whole.close();
            throw e;
        }
    }
}
