package dev.text2image.kernel.docs;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Simple HTML as plain text, and the other way round. */
public final class HtmlText {
    private static final Pattern PRE = Pattern.compile("(?s)<pre>(.*?)</pre>");
    private static final Pattern ENTITY = Pattern.compile("&#(x?)([0-9a-fA-F]+);");
    /** Stands for a line break of preformatted text while the others are taken away. */
    private static final char KEPT_BREAK = '\u2028';

    private HtmlText() {}

    static String of(String html) {
        String text = PRE.matcher(html)
                .replaceAll(found ->
                        Matcher.quoteReplacement("\u2029" + keep(found.group(1).replaceAll("</?\\w+>", "")) + "\u2029"))
                .replaceAll("\\s+", " ")
                .replaceAll(" ?<li> ?", "\n  • ")
                .replaceAll(" ?<(?:dt|dd|tr|br)> ?", "\n")
                .replaceAll(" ?</?(?:p|ul|ol|dl|table|blockquote|h\\d)> ?", "\u2029")
                .replaceAll("</?\\w+>", "")
                .replaceAll("[\u2029\n ]*\u2029[\u2029 ]*", "\n\n")
                .replaceAll("\n+(?=  •)", "\n")
                .replace(KEPT_BREAK, '\n')
                .strip();
        return unescape(text).replace('\u00a0', ' ');
    }

    private static String keep(String preformatted) {
        return preformatted.strip().replace(' ', '\u00a0').replace('\n', KEPT_BREAK);
    }

    /** Plain text as a part of HTML or of an attribute. */
    public static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    private static String unescape(String text) {
        return ENTITY.matcher(text)
                .replaceAll(found -> Matcher.quoteReplacement(Character.toString(
                        Integer.parseInt(found.group(2), found.group(1).isEmpty() ? 10 : 16))))
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&nbsp;", " ")
                .replace("&amp;", "&");
    }
}
