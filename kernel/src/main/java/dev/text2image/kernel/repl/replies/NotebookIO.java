package dev.text2image.kernel.repl.replies;

import dev.text2image.notebook.SecretPrompt;
import java.nio.charset.StandardCharsets;
import java.util.List;
import jdk.jshell.Snippet;
import jdk.jshell.Snippet.SubKind;
import org.dflib.jjava.jupyter.channels.ShellReplyEnvironment;
import org.dflib.jjava.jupyter.kernel.JupyterIO;
import org.jspecify.annotations.Nullable;

/** Connects the streams and the questions of cells with the request of the cell that runs. */
public final class NotebookIO extends JupyterIO implements SecretPrompt {
    private volatile @Nullable CellReplies replies;
    private volatile boolean hasInput;

    /** Makes streams without a cell. */
    public NotebookIO() {
        super(StandardCharsets.UTF_8);
    }

    /**
     * Notes that a cell starts.
     *
     * @param env where its output goes
     * @param takesInput whether it may ask its reader
     */
    public void attach(ShellReplyEnvironment env, boolean takesInput) {
        setEnv(env);
        setJupyterInEnabled(takesInput);
        hasInput = takesInput;
        replies = env instanceof CellReplies ofCell ? ofCell : null;
    }

    /**
     * Sends what is left, and notes that the cell has ended.
     *
     * @param env where its output went
     */
    public void detach(ShellReplyEnvironment env) {
        retractEnv(env);
        sendText();
        replies = null;
    }

    /** Sends what the running cell has printed until now. */
    public void sendText() {
        CellReplies ofCell = replies;
        if (ofCell != null) {
            ofCell.sendText();
        }
    }

    @Override
    public @Nullable String ask(String question) {
        CellReplies ofCell = replies;
        return ofCell == null || !hasInput ? null : ofCell.readFromStdIn(question, true);
    }

    /**
     * Whether a cell's value is only the identifier that {@code display(...)} returned for what the cell has shown, as its last
     * expression. A variable that holds it is shown.
     */
    public boolean hasShown(@Nullable Object value, List<Snippet> ofCell) {
        CellReplies current = replies;
        return value instanceof String
                && current != null
                && value.equals(current.lastDisplay())
                && ofCell.get(ofCell.size() - 1).subKind() == SubKind.TEMP_VAR_EXPRESSION_SUBKIND;
    }
}
