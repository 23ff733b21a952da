package dev.text2image.kernel;

import ai.djl.ndarray.NDArray;
import dev.text2image.models.PretrainedModel;
import dev.text2image.plots.HiDpi;
import java.awt.image.BufferedImage;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.VarSnippet;
import org.dflib.jjava.jupyter.kernel.BaseKernel;
import org.jspecify.annotations.Nullable;
import tech.tablesaw.api.Table;

/** The variables of a session: {@code %who}. */
final class SessionVariables {
    /** How JShell names the temporary variables of expressions. */
    private static final String TEMPORARY = "\\$\\d+|_id\\d*";

    private SessionVariables() {}

    static Html show(BaseKernel kernel) {
        JShell shell = shell(kernel);
        var sheet = new Sheet("").left("name").left("type").left("size").left("value");
        List<VarSnippet> variables = shell.variables()
                .filter(variable -> shell.status(variable) == Snippet.Status.VALID)
                .filter(variable -> !variable.name().matches(TEMPORARY))
                .toList();
        for (VarSnippet variable : variables) {
            Object value = value(variable);
            sheet.row(variable.name(), type(variable, value), size(value), brief(value));
        }
        return sheet.note(Values.count(variables.size(), "variable")).html();
    }

    /** JJava's published interface has no way to JShell; the kernel of its wheel has. */
    private static JShell shell(BaseKernel kernel) {
        try {
            return (JShell) MethodHandles.publicLookup()
                    .findVirtual(kernel.getClass(), "getJShell", MethodType.methodType(JShell.class))
                    .invoke(kernel);
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

    private static String type(VarSnippet variable, @Nullable Object value) {
        String declared = variable.typeName();
        return declared.equals("var") && value != null ? value.getClass().getSimpleName() : declared;
    }

    /** Shapes and lengths. */
    static String size(@Nullable Object value) {
        try {
            if (value instanceof NDArray array) {
                return array.getShape().toString();
            } else if (value instanceof Table table) {
                return Values.format("%,d x %,d", table.rowCount(), table.columnCount());
            } else if (value instanceof Collection<?> collection) {
                return Values.format("%,d", collection.size());
            } else if (value instanceof Map<?, ?> map) {
                return Values.format("%,d", map.size());
            } else if (value instanceof BufferedImage image) {
                return image.getWidth() + " x " + image.getHeight();
            } else if (value instanceof CharSequence text) {
                return Values.format("%,d", text.length());
            } else if (value instanceof PretrainedModel model) {
                return Values.format("%,d parameters", model.parameterCount());
            }
            return value != null && value.getClass().isArray() ? Values.format("%,d", Array.getLength(value)) : "";
        } catch (IllegalStateException e) {
            return "closed";
        }
    }

    /** What fits a line and can be found without looking at many elements. */
    static String brief(@Nullable Object value) {
        if (value instanceof NDArray array) {
            String title = ArrayView.title(array);
            return title.substring(title.lastIndexOf(")") + 1).strip();
        } else if (value instanceof Table table) {
            return String.join(", ", table.columnNames());
        } else if (value instanceof BufferedImage image) {
            return HiDpi.description(image);
        } else if (value instanceof List<?> list && !list.isEmpty()) {
            return "of "
                    + (list.get(0) == null ? "null" : list.get(0).getClass().getSimpleName());
        } else if (value instanceof Collection<?> || value instanceof Map<?, ?>) {
            return "";
        }
        String text = Values.text(value).replaceAll("\\s+", " ");
        return text.matches(".*@[0-9a-f]+") ? "" : text.length() <= 60 ? text : text.substring(0, 59) + "…";
    }
}
