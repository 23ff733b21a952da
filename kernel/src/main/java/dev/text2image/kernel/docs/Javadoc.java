package dev.text2image.kernel.docs;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * A documentation comment as a reader sees it.
 *
 * @param html the comment as HTML without attributes
 * @param text the comment as plain text
 */
public record Javadoc(String html, String text) {
    /**
     * Renders a comment.
     *
     * @param comment the comment without its stars
     * @return the comment; as it is where the compiler cannot read it
     */
    public static Javadoc of(String comment) {
        // Of " * text" JShell leaves the blank, which would indent all lines of an example but the first.
        boolean isIndented = comment.lines().allMatch(line -> line.isBlank() || line.startsWith(" "));
        DocCommentTree tree = parse(isIndented ? comment.replaceAll("(?m)^ ", "") : comment);
        String html = tree == null ? HtmlText.escape(comment) : JavadocHtml.of(tree);
        return new Javadoc(html, HtmlText.of(html));
    }

    /** Lets the compiler parse the comment, on a class made up for it. */
    @SuppressWarnings("NullAway") // the JDK does not say that there may be no comment
    private static DocCommentTree parse(String comment) {
        // The end of a comment inside of it can only be an entity.
        String source = "/**\n" + comment.replace("*/", "*&#47;") + "\n*/\nclass C {}";
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        var file = new SimpleJavaFileObject(URI.create("string:///C.java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return source;
            }
        };
        try {
            var task = (JavacTask)
                    compiler.getTask(null, null, diagnostic -> {}, List.of("-proc:none"), null, List.of(file));
            CompilationUnitTree unit = task.parse().iterator().next();
            return DocTrees.instance(task)
                    .getDocCommentTree(
                            new TreePath(new TreePath(unit), unit.getTypeDecls().get(0)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
