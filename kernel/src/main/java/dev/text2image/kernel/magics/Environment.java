package dev.text2image.kernel.magics;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import dev.text2image.kernel.views.Abridged;
import dev.text2image.kernel.views.Html;
import dev.text2image.kernel.views.Sheet;
import java.lang.reflect.Field;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The environment variables of the kernel's process: {@code %env}.
 *
 * <p>A new value reaches {@link System#getenv}, the processes that the kernel starts from then on, and native libraries that look at the
 * variable later. What has been read before stays: the JVM's own options, and what libtorch, OpenMP and CUDA read when they start.
 */
final class Environment {
    private static final Pattern SECRET =
            Pattern.compile("(?i).*(TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|API_?KEY|ACCESS_KEY).*");
    private static final Pattern READ_AT_START =
            Pattern.compile("(OMP|KMP|MKL|TORCH|PYTORCH|CUDA|CUBLAS|NCCL|DJL|MALLOC)_.*");
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final int LONGEST = 100;

    private Environment() {}

    /**
     * Runs the magic.
     *
     * @param arguments nothing to list all, NAME, NAME=VALUE or NAME VALUE
     */
    static Html run(List<String> arguments) {
        String text = String.join(" ", arguments).strip();
        int split = text.indexOf('=');
        if (text.isEmpty()) {
            return list();
        }
        if (split < 0 && arguments.size() == 1) {
            return get(text);
        }
        split = split < 0 ? text.indexOf(' ') : split;
        return set(text.substring(0, split).strip(), text.substring(split + 1).strip());
    }

    private static Html list() {
        var sheet = new Sheet("").left("name").left("value");
        new TreeMap<>(System.getenv()).forEach((name, value) -> sheet.row(name, shown(name, value)));
        return sheet.note("%env NAME shows one whole; %env NAME=VALUE sets it.").html();
    }

    /** Notebooks are given to others, so what looks secret is shown only when it is asked for by name. */
    private static String shown(String name, String value) {
        if (SECRET.matcher(name).matches() && !value.isEmpty()) {
            return "(hidden)";
        }
        return Abridged.cut(value, LONGEST);
    }

    private static Html get(String name) {
        String value = System.getenv(name);
        return Sheet.ofValues("").row(name, value == null ? "(not set)" : value).html();
    }

    static Html set(String name, String value) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("'" + name
                    + "' is no name of a variable; write %env NAME=VALUE with letters, digits and _ in the name.");
        }
        javaEnvironment().put(name, value);
        boolean reachesLibraries = setNative(name, value);
        var sheet = Sheet.ofValues("").row(name, value);
        if (!value.equals(System.getenv(name))) {
            sheet.note("On this system only processes that are started from now on see it.");
        } else if (!reachesLibraries) {
            sheet.note("Native libraries do not see it on this system.");
        } else if (READ_AT_START.matcher(name).matches()) {
            sheet.note(
                    "What reads this variable when it starts and runs already, such as libtorch, keeps the old value; "
                            + "set it before the kernel starts, or in the first cell.");
        }
        return sheet.html();
    }

    /** The map behind {@link System#getenv()}, which the launcher opens for this. */
    @SuppressWarnings("unchecked")
    private static Map<String, String> javaEnvironment() {
        Map<String, String> view = System.getenv();
        try {
            Class<?> unmodifiable = Collections.unmodifiableMap(Map.of()).getClass();
            Field behind = unmodifiable.getDeclaredField("m");
            behind.setAccessible(true);
            return (Map<String, String>) behind.get(view);
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw new IllegalStateException(
                    "This Java does not let the environment be changed; start the kernel with the variable set.", e);
        }
    }

    private static boolean setNative(String name, String value) {
        try {
            Function setenv = NativeLibrary.getProcess().getFunction("setenv");
            return setenv.invokeInt(new Object[] {name, value, 1}) == 0;
        } catch (UnsatisfiedLinkError | RuntimeException e) {
            return false; // Windows
        }
    }
}
