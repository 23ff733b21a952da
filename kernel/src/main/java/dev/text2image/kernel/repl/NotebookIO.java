package dev.text2image.kernel.repl;

import java.nio.charset.StandardCharsets;
import java.util.List;
import jdk.jshell.Snippet;
import jdk.jshell.Snippet.SubKind;
import org.dflib.jjava.jupyter.channels.ShellReplyEnvironment;
import org.dflib.jjava.jupyter.kernel.JupyterIO;
import org.jspecify.annotations.Nullable;

/** Connects the streams of cells with the request of the cell that runs. */
final class NotebookIO extends JupyterIO {
    private volatile @Nullable CellReplies replies;

    NotebookIO() {
        super(StandardCharsets.UTF_8);
    }

    void attach(ShellReplyEnvironment env, boolean hasInput) {
        setEnv(env);
        setJupyterInEnabled(hasInput);
        replies = env instanceof CellReplies ofCell ? ofCell : null;
    }

    void detach(ShellReplyEnvironment env) {
        retractEnv(env);
        sendText();
        replies = null;
    }

    /** Sends what the running cell has printed until now. */
    void sendText() {
        CellReplies ofCell = replies;
        if (ofCell != null) {
            ofCell.sendText();
        }
    }

    /**
     * Whether a cell's value is only the identifier that {@code display(...)} returned for what the cell has shown, as its last
     * expression. A variable that holds it is shown.
     */
    boolean hasShown(@Nullable Object value, List<Snippet> ofCell) {
        CellReplies current = replies;
        return value instanceof String
                && current != null
                && value.equals(current.lastDisplay())
                && ofCell.get(ofCell.size() - 1).subKind() == SubKind.TEMP_VAR_EXPRESSION_SUBKIND;
    }
}
