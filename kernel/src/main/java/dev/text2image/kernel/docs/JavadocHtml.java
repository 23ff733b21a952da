package dev.text2image.kernel.docs;

import com.sun.source.doctree.BlockTagTree;
import com.sun.source.doctree.DeprecatedTree;
import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.DocTree;
import com.sun.source.doctree.EndElementTree;
import com.sun.source.doctree.LinkTree;
import com.sun.source.doctree.LiteralTree;
import com.sun.source.doctree.ParamTree;
import com.sun.source.doctree.ReturnTree;
import com.sun.source.doctree.SeeTree;
import com.sun.source.doctree.SinceTree;
import com.sun.source.doctree.StartElementTree;
import com.sun.source.doctree.ThrowsTree;
import com.sun.source.doctree.UnknownBlockTagTree;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Writes the tree of a documentation comment as HTML. */
final class JavadocHtml {
    /** The elements that are passed on, without their attributes. */
    private static final Set<String> ELEMENTS = Set.of(
            "p",
            "br",
            "hr",
            "ul",
            "ol",
            "li",
            "dl",
            "dt",
            "dd",
            "pre",
            "blockquote",
            "code",
            "b",
            "strong",
            "i",
            "em",
            "sub",
            "sup",
            "var",
            "kbd",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "caption");

    private JavadocHtml() {}

    static String of(DocCommentTree comment) {
        var html =
                new StringBuilder("<p>").append(inline(comment.getFullBody())).append("</p>");
        sections(comment.getBlockTags()).forEach((title, entries) -> {
            html.append("\n<p><b>").append(title).append("</b></p>\n<ul>");
            entries.forEach(entry -> html.append("\n<li>").append(entry).append("</li>"));
            html.append("\n</ul>");
        });
        return html.toString();
    }

    private static String code(String text) {
        return "<code>" + HtmlText.escape(text) + "</code>";
    }

    private static String inline(List<? extends DocTree> trees) {
        return trees.stream().map(JavadocHtml::inline).collect(Collectors.joining());
    }

    private static String inline(DocTree tree) {
        if (tree instanceof LiteralTree literal) {
            String body = literal.getBody().getBody();
            return tree.getKind() == DocTree.Kind.CODE ? code(body) : HtmlText.escape(body);
        }
        if (tree instanceof LinkTree link) {
            String label = inline(link.getLabel());
            return label.isBlank() ? code(reference(link.getReference())) : label;
        }
        if (tree instanceof StartElementTree start) {
            String name = name(start.getName());
            return ELEMENTS.contains(name) ? "<" + name + ">" : "";
        }
        if (tree instanceof EndElementTree end) {
            String name = name(end.getName());
            return ELEMENTS.contains(name) ? "</" + name + ">" : "";
        }
        if (tree instanceof ReturnTree returns) {
            return "Returns " + inline(returns.getDescription()) + ".";
        }
        return switch (tree.getKind()) {
            case TEXT, ENTITY -> tree.toString();
            case COMMENT, DOC_ROOT, INHERIT_DOC, ERRONEOUS -> "";
            default -> other(tree.toString());
        };
    }

    /** What an inline tag without a rule of its own contains: that of {@code {@summary text}} is {@code text}. */
    private static String other(String tag) {
        if (tag.startsWith("{@snippet")) {
            String body = tag.substring(tag.indexOf(':') + 1, tag.length() - 1);
            return "<pre>" + HtmlText.escape(body.stripIndent().strip()) + "</pre>";
        }
        return HtmlText.escape(tag.replaceFirst("^\\{@\\S+\\s*", "").replaceFirst("}$", ""));
    }

    private static String name(CharSequence name) {
        return name.toString().toLowerCase(java.util.Locale.ROOT);
    }

    /** A reference as Java writes a use: {@code Path.of(String)} for {@code java.nio.file.Path#of(String)}. */
    private static String reference(DocTree reference) {
        return reference
                .toString()
                .replaceAll("\\b(?:[a-z_]\\w*\\.)+(?=[A-Z])", "")
                .replaceFirst("^#", "")
                .replace('#', '.');
    }

    private static Map<String, List<String>> sections(List<? extends DocTree> tags) {
        var sections = new LinkedHashMap<String, List<String>>();
        for (DocTree tag : tags) {
            if (tag instanceof ParamTree param) {
                String name = param.isTypeParameter()
                        ? "<" + param.getName() + ">"
                        : param.getName().toString();
                add(sections, "Parameters", code(name) + " – " + inline(param.getDescription()));
            } else if (tag instanceof ReturnTree returns) {
                add(sections, "Returns", inline(returns.getDescription()));
            } else if (tag instanceof ThrowsTree thrown) {
                String type = code(reference(thrown.getExceptionName()));
                add(sections, "Throws", type + " – " + inline(thrown.getDescription()));
            } else if (tag instanceof DeprecatedTree deprecated) {
                add(sections, "Deprecated", inline(deprecated.getBody()));
            } else if (tag instanceof SinceTree since) {
                add(sections, "Since", inline(since.getBody()));
            } else if (tag instanceof SeeTree see) {
                add(sections, "See also", see(see));
            } else if (tag instanceof UnknownBlockTagTree unknown) {
                add(sections, title(unknown), inline(unknown.getContent()));
            }
        }
        return sections;
    }

    private static void add(Map<String, List<String>> sections, String title, String entry) {
        sections.computeIfAbsent(title, key -> new ArrayList<>()).add(entry);
    }

    private static String see(SeeTree see) {
        DocTree first = see.getReference().get(0);
        return first.getKind() == DocTree.Kind.REFERENCE ? code(reference(first)) : inline(see.getReference());
    }

    /** The JDK's own tags; others keep their name. */
    private static String title(BlockTagTree tag) {
        return switch (tag.getTagName()) {
            case "apiNote", "implNote" -> "Note";
            case "implSpec" -> "Implementation";
            default -> tag.getTagName();
        };
    }
}
