package dev.text2image.kernel.views;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.text2image.data.CaptionedDataset;
import dev.text2image.models.PretrainedModel;
import dev.text2image.pipelines.GeneratedImages;
import dev.text2image.training.records.TrainingHistory;
import java.awt.image.BufferedImage;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.VarSnippet;
import org.dflib.jjava.jupyter.kernel.BaseKernel;
import org.jspecify.annotations.Nullable;
import tech.tablesaw.api.Table;

/** The variables of a session: {@code %who}. */
public final class SessionVariables {
    /** How JShell names the temporary variables of expressions. */
    private static final String TEMPORARY = "\\$\\d+|_id\\d*";

    private static final int LONGEST = 60;

    private SessionVariables() {}

    /**
     * Lists the variables of a session.
     *
     * @param kernel the kernel whose cells made them
     * @return the variables
     */
    public static Html show(BaseKernel kernel) {
        JShell shell = shell(kernel);
        var sheet = new Sheet("").left("name").left("type").left("size").left("value");
        List<VarSnippet> variables = shell.variables()
                .filter(variable -> shell.status(variable) == Snippet.Status.VALID)
                .filter(variable -> !variable.name().matches(TEMPORARY))
                .toList();
        for (VarSnippet variable : variables) {
            Object value = value(variable);
            sheet.row(variable.name(), type(variable, value), shown(() -> size(value)), shown(() -> brief(value)));
        }
        return sheet.note(Values.count(variables.size(), "variable")).html();
    }

    /** JJava's published interface has no way to JShell; the kernel of its wheel has. */
    private static JShell shell(BaseKernel kernel) {
        try {
            Method getter = kernel.getClass().getMethod("getJShell");
            return (JShell) MethodHandles.publicLookup().unreflect(getter).invoke(kernel);
        } catch (Throwable e) {
            throw new IllegalStateException("This version of JJava does not give access to its variables.", e);
        }
    }

    /** The value of the static field that JShell keeps a variable in; null if it cannot be read. */
    private static @Nullable Object value(VarSnippet variable) {
        try {
            Method className = Snippet.class.getDeclaredMethod("classFullName");
            className.setAccessible(true);
            ClassLoader cells = Thread.currentThread().getContextClassLoader();
            Class<?> holder = Class.forName((String) className.invoke(variable), true, cells);
            Field field = holder.getDeclaredField(variable.name());
            field.setAccessible(true);
            return field.get(null);
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            return null;
        }
    }

    /** What code of the value's class says, or that it fails: that is no reason not to list the others. */
    static String shown(Supplier<String> text) {
        try {
            return text.get();
        } catch (CancellationException stopped) {
            throw stopped;
        } catch (Throwable e) {
            return "(" + e.getClass().getSimpleName() + ")";
        }
    }

    private static String type(VarSnippet variable, @Nullable Object value) {
        String declared = variable.typeName();
        return declared.equals("var") && value != null ? value.getClass().getSimpleName() : declared;
    }

    /** Shapes and lengths. */
    static String size(@Nullable Object value) {
        if (value instanceof NDArray array) {
            return ArrayView.isClosed(array) ? "closed" : array.getShape().toString();
        } else if (value instanceof Table table) {
            return Values.format("%,d x %,d", table.rowCount(), table.columnCount());
        } else if (value instanceof BufferedImage image) {
            return image.getWidth() + " x " + image.getHeight();
        } else if (value instanceof PretrainedModel model) {
            return Values.count(model.parameterCount(), "parameter");
        } else if (value instanceof CaptionedDataset dataset) {
            return Values.count(dataset.size(), "row");
        } else if (value instanceof TrainingHistory history) {
            return Values.count(history.rows().size(), "step");
        } else if (value instanceof GeneratedImages generated) {
            return Values.count(generated.images().size(), "image");
        }
        int length = length(value);
        return length < 0 ? "" : Values.format("%,d", length);
    }

    private static int length(@Nullable Object value) {
        if (value instanceof Collection<?> collection) {
            return collection.size();
        } else if (value instanceof Map<?, ?> map) {
            return map.size();
        } else if (value instanceof CharSequence text) {
            return text.length();
        }
        return value != null && value.getClass().isArray() ? Array.getLength(value) : -1;
    }

    /** What fits a line and can be found without looking at many elements; empty if that says nothing. */
    static String brief(@Nullable Object value) {
        if (value instanceof NDArray array) {
            return ArrayView.isClosed(array)
                    ? ""
                    : ArrayView.type(array) + " on " + ArrayView.device(array.getDevice());
        } else if (value instanceof NDManager manager) {
            return "on " + ArrayView.device(manager.getDevice());
        } else if (value instanceof Table table) {
            return String.join(", ", table.columnNames());
        } else if (value instanceof List<?> list && !list.isEmpty()) {
            return "of "
                    + (list.get(0) == null ? "null" : list.get(0).getClass().getSimpleName());
        } else if (value instanceof Collection<?> || value instanceof Map<?, ?> || value instanceof BufferedImage) {
            return "";
        }
        String text = Values.text(value).replaceAll("\\s+", " ");
        boolean address = text.matches(".*@[0-9a-f]+");
        boolean cutRecord = value instanceof Record && text.length() > LONGEST;
        return address || cutRecord ? "" : Abridged.cut(text, LONGEST);
    }
}
