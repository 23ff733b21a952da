package dev.text2image.spark;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Paths in the words of a command, which executors have to find although they work in directories of their own. */
final class AbsolutePaths {
    private static final Pattern FLAG = Pattern.compile("--[a-z0-9_]+");
    private static final Set<String> WRITTEN = Set.of("--output_dir", "--cache_dir");
    /** Paths, or names on the hub. */
    private static final Pattern READ = Pattern.compile(
            "--(?!logging_dir)([a-z_]+_dir|[a-z_]+_path|base_model|dataset_name|[a-z_]+_file|init_image|lora)");

    private AbsolutePaths() {}

    /**
     * Makes paths absolute.
     *
     * @param words a command's words, flags before their values or joined with them by {@code =}
     * @return the words; what names nothing in this process's directory stays as it is
     */
    static List<String> in(List<String> words) {
        List<String> result = new ArrayList<>();
        String flag = "";
        for (String word : words) {
            int end = word.indexOf('=');
            if (end > 0 && FLAG.matcher(word.substring(0, end)).matches()) {
                result.add(word.substring(0, end + 1) + value(word.substring(0, end), word.substring(end + 1)));
                flag = "";
            } else if (FLAG.matcher(word).matches()) {
                result.add(word);
                flag = word;
            } else {
                result.add(value(flag, word));
                flag = WRITTEN.contains(flag) ? "" : flag; // they take one value, and another command may follow
            }
        }
        return result;
    }

    private static String value(String flag, String text) {
        if (WRITTEN.contains(flag)) {
            return absolute(text);
        }
        if (!READ.matcher(flag).matches()) {
            return text;
        }
        String path = flag.equals("--lora") ? text.replaceFirst(":-?[0-9.]+(,.*)?$", "") : text;
        return Files.exists(Path.of(path)) ? absolute(path) + text.substring(path.length()) : text;
    }

    private static String absolute(String path) {
        return Path.of(path).toAbsolutePath().normalize().toString();
    }
}
