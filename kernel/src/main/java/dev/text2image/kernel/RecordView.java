package dev.text2image.kernel;

import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.Map;

/** A record, such as a configuration, as a table of names and values. */
final class RecordView {
    private RecordView() {}

    static Html of(Record value) {
        String type = value.getClass().getSimpleName();
        Map<String, String> components = components(value);
        var html = new StringBuilder("<table><thead><tr><th colspan=\"2\" style=\"text-align: left\">")
                .append(Html.escape(type))
                .append("</th></tr></thead><tbody>");
        var text = new StringBuilder(type);
        components.forEach((name, shown) -> {
            html.append("<tr><td style=\"text-align: left\">").append(Html.escape(name));
            html.append("</td><td style=\"text-align: left\">")
                    .append(Html.escape(shown))
                    .append("</td></tr>");
            text.append("\n  ").append(name).append(" = ").append(shown);
        });
        return new Html(html.append("</tbody></table>").toString(), text.toString());
    }

    /** Reflection, because a record of any type, one defined in a cell too, is to be shown. */
    private static Map<String, String> components(Record value) {
        Map<String, String> shown = new LinkedHashMap<>();
        for (RecordComponent component : value.getClass().getRecordComponents()) {
            shown.put(component.getName(), component(value, component));
        }
        return shown;
    }

    private static String component(Record value, RecordComponent component) {
        try {
            component.getAccessor().setAccessible(true);
            return Values.text(component.getAccessor().invoke(value));
        } catch (ReflectiveOperationException | RuntimeException e) {
            return "not readable: " + e.getClass().getSimpleName();
        }
    }
}
