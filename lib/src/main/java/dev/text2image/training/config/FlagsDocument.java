package dev.text2image.training.config;

import dev.text2image.hub.AccessToken;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The reference of all flags in Markdown, made from their declarations. */
public final class FlagsDocument {
    /** Where a default is not that of diffusers' script, and why. */
    static final Map<String, String> OTHER_DEFAULTS = Map.of(
            "image_column", "`image` there; here it and other usual names are found",
            "caption_column", "`text` there; here it and other usual names are found",
            "dataloader_num_workers", "0 there; here images are decoded ahead",
            "seed", "none there, so that no two runs are equal",
            "mixed_precision", "none there, which means the launcher's, as it does here for a pasted command");

    private static final String TITLE = """
            # Flags of training
            Made by `./run flags lib/FLAGS.md` from `TrainingConfig`; do not edit. In Java and notebooks a flag is a method of
            `TrainingConfig.builder()`: `--snr_gamma 5` is `.snrGamma(5.0)`; for those of the hub there is `Publisher`. `GuideCommand.parse` and
            `./run train` take a whole `accelerate launch ... train_text_to_image.py ...` command as well.
            """;

    private FlagsDocument() {}

    /**
     * Writes the reference.
     *
     * @return Markdown with a table for each group of flags, ending with a line break
     */
    public static String markdown() {
        StringBuilder document = new StringBuilder(TITLE);
        Map<String, List<TrainingFlag>> groups = Stream.concat(TrainingFlags.all().stream(), HubFlags.all().stream())
                .collect(Collectors.groupingBy(TrainingFlag::group, LinkedHashMap::new, Collectors.toList()));
        groups.forEach((title, flags) -> {
            document.append("\n## ")
                    .append(title)
                    .append("\n| flag | value | default | meaning |\n|---|---|---|---|\n");
            flags.forEach(flag -> document.append(row(flag)));
        });
        document.append("\n## Understood, without effect\n| flag | why |\n|---|---|\n");
        Arrays.stream(FlagWithoutEffect.values())
                .forEach(flag -> document.append(cells(code(flag.flagName()), flag.reason())));
        document.append("\n## Defaults that are not those of diffusers\n| flag | difference |\n|---|---|\n");
        new TreeMap<>(OTHER_DEFAULTS).forEach((name, why) -> document.append(cells(code(name), why)));
        return document.toString();
    }

    private static String row(TrainingFlag flag) {
        String defaultText = flag.defaultText().isEmpty() ? "" : "`" + flag.defaultText() + "`";
        return cells(code(flag.name()), value(flag), defaultText, flag.description());
    }

    private static String code(String name) {
        return "`--" + name + "`";
    }

    private static String cells(String... texts) {
        StringJoiner row = new StringJoiner(" | ", "| ", " |\n");
        Arrays.stream(texts).map(text -> text.replace("|", "\\|")).forEach(row::add);
        return row.toString();
    }

    /** What a flag takes, in words. */
    private static String value(TrainingFlag flag) {
        if (flag.type() == boolean.class) {
            return "switch";
        }
        String bare = flag.standsAlone() ? "; alone: `" + flag.bareText() + "`" : "";
        if (!flag.choices().isEmpty()) {
            return flag.choices().stream().map(choice -> "`" + choice + "`").collect(Collectors.joining(", ")) + bare;
        }
        return kind(flag) + bare;
    }

    private static String kind(TrainingFlag flag) {
        Class<?> type = flag.type();
        if (flag.takesSeveral()) {
            return "texts";
        } else if (type == String.class || type == AccessToken.class) {
            return "text";
        }
        return type == double.class || type == Double.class ? "number" : "whole number";
    }
}
