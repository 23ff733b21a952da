package dev.text2image.publishing;

import dev.text2image.hub.Hub;
import dev.text2image.hub.RepoId;
import dev.text2image.hub.RepoType;
import dev.text2image.io.InvalidInputException;
import dev.text2image.training.config.TrainingConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The licence of a base model, as its card states it. */
final class BaseLicence {
    private static final Logger LOG = Logger.getLogger(BaseLicence.class.getName());
    private static final Pattern FRONT = Pattern.compile("\\A\\s*---\\R(.*?)\\R---", Pattern.DOTALL);
    private static final Pattern FIELD = Pattern.compile(
            "^(license(?:_name|_link)?):[ \\t]*[\"']?([\\w.:/+\\-]{1,200})[\"']?[ \\t]*$", Pattern.MULTILINE);

    private BaseLicence() {}

    /** Reads the fields {@code license}, {@code license_name} and {@code license_link}; none if the card is missing or has none. */
    static Map<String, String> of(TrainingConfig config) {
        Path card = card(config);
        if (!Files.isRegularFile(card)) {
            return Map.of();
        }
        try {
            Matcher front = FRONT.matcher(Files.readString(card));
            Map<String, String> fields = new LinkedHashMap<>();
            if (front.find()) {
                FIELD.matcher(front.group(1)).results().forEach(field -> fields.put(field.group(1), field.group(2)));
            }
            return fields;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + card + ": " + e.getMessage(), e);
        }
    }

    private static Path card(TrainingConfig config) {
        Path base = config.modelDirectory();
        RepoId repo = RepoId.of(RepoType.MODEL, base).orElse(null);
        if (repo == null) {
            return base.resolve(ModelCard.FILE);
        }
        try {
            return Hub.shared()
                    .download(
                            repo,
                            config.revision(),
                            files -> files.stream()
                                    .filter(file -> file.path().equals(ModelCard.FILE))
                                    .toList())
                    .resolve(ModelCard.FILE);
        } catch (InvalidInputException e) {
            LOG.warning(
                    () -> "The card of " + repo + " cannot be read, so its licence is not stated: " + e.getMessage());
            return base.resolve(ModelCard.FILE);
        }
    }
}
