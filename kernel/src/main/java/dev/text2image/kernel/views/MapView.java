package dev.text2image.kernel.views;

import java.util.Map;

/** A map as a table of its keys and values, the first and the last of them. */
final class MapView {
    private MapView() {}

    static Html of(Map<?, ?> map) {
        String text = Abridged.text(map);
        if (map.isEmpty()) {
            return new Html("<pre>" + text + "</pre>", text);
        }
        var sheet = new Sheet("").left("key").left("value");
        int row = 0;
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (sheet.shows(row, map.size())) {
                sheet.row(Values.text(entry.getKey()), Values.text(entry.getValue()));
            }
            row++;
        }
        return new Html(
                sheet.note(map.size() == 1 ? "1 entry" : Values.format("%,d entries", map.size()))
                        .html()
                        .html(),
                text);
    }
}
