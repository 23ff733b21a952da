package dev.text2image.kernel.repl;

import dev.text2image.kernel.repl.cells.CellEvaluator;
import dev.text2image.kernel.repl.cells.CellMagics;
import dev.text2image.kernel.repl.cells.Cells;
import dev.text2image.kernel.repl.cells.LostVariables;
import dev.text2image.kernel.repl.cells.Notes;
import dev.text2image.kernel.repl.completion.Completer;
import dev.text2image.kernel.repl.completion.Completer.Completions;
import dev.text2image.kernel.repl.completion.Completion;
import dev.text2image.kernel.repl.completion.Inspector;
import dev.text2image.kernel.repl.errors.ErrorReports;
import dev.text2image.kernel.repl.errors.Report;
import dev.text2image.kernel.repl.replies.NotebookIO;
import dev.text2image.kernel.stop.StopRequests;
import java.util.List;
import java.util.Map;
import jdk.jshell.JShell;
import org.dflib.jjava.jupyter.channels.JupyterConnection;
import org.dflib.jjava.jupyter.channels.ShellReplyEnvironment;
import org.dflib.jjava.jupyter.kernel.HelpLink;
import org.dflib.jjava.jupyter.kernel.LanguageInfo;
import org.dflib.jjava.jupyter.kernel.comm.CommManager;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;
import org.dflib.jjava.jupyter.kernel.display.Renderer;
import org.dflib.jjava.jupyter.kernel.magic.MagicsRegistry;
import org.dflib.jjava.jupyter.kernel.util.StringStyler;
import org.dflib.jjava.jupyter.messages.Message;
import org.dflib.jjava.jupyter.messages.publish.PublishError;
import org.dflib.jjava.jupyter.messages.publish.PublishExecuteInput;
import org.dflib.jjava.jupyter.messages.publish.PublishExecuteResult;
import org.dflib.jjava.jupyter.messages.reply.CompleteReply;
import org.dflib.jjava.jupyter.messages.reply.ErrorReply;
import org.dflib.jjava.jupyter.messages.reply.ExecuteReply;
import org.dflib.jjava.jupyter.messages.request.CompleteRequest;
import org.dflib.jjava.jupyter.messages.request.ExecuteRequest;
import org.dflib.jjava.kernel.JavaKernel;
import org.jspecify.annotations.Nullable;

/** JJava's kernel with errors that name the cell and its line. */
public final class NotebookKernel extends JavaKernel {
    private static final String API = "https://docs.oracle.com/en/java/javase/%d/docs/api/";

    private final Cells cells;
    private final Notes notes;
    private final LostVariables lost;
    private final ErrorReports errors;
    private final NotebookIO notebookIO;
    private final Completer completer;
    private final Inspector inspector;
    private @Nullable WaitingCells waiting;

    private NotebookKernel(
            MagicsRegistry magics, NotebookIO notebookIO, Cells cells, Notes notes, CellEvaluator evaluator) {
        super(
                "text2image",
                "",
                languageInfo(),
                List.of(new HelpLink("Java API", API.formatted(Runtime.version().feature()))),
                null,
                notebookIO,
                new CommManager(),
                new Renderer(),
                new CellMagics(magics::getLineMagicNames),
                magics,
                true,
                new StringStyler.Builder().build(),
                JShell.builder()
                        .executionEngine(evaluator.getExecControlProvider(), Map.of())
                        .build(),
                evaluator);
        this.cells = cells;
        this.notebookIO = notebookIO;
        this.notes = notes;
        lost = new LostVariables(getJShell(), cells);
        errors = new ErrorReports(getJShell(), cells, lost);
        completer = new Completer(getJShell(), magics);
        inspector = new Inspector(getJShell());
        getJShell().onSnippetEvent(event -> {
            cells.add(event.snippet());
            lost.follow(event);
        });
    }

    /** A kernel that is not connected yet. */
    static NotebookKernel of(MagicsRegistry magics) {
        var cells = new Cells();
        var notes = new Notes();
        return new NotebookKernel(magics, new NotebookIO(), cells, notes, new CellEvaluator(cells, notes, magics));
    }

    private static LanguageInfo languageInfo() {
        return new LanguageInfo.Builder("Java")
                .version(Runtime.version().toString())
                .mimetype("text/x-java-source")
                .fileExtension(".jshell")
                .pygments("java")
                .codemirror("java")
                .build();
    }

    @Override
    public void becomeHandlerForConnection(JupyterConnection connection) {
        super.becomeHandlerForConnection(connection);
        waiting = new WaitingCells(connection);
    }

    @Override
    public void onShutdown(boolean isRestarting) {
        notebookIO.sendText();
        super.onShutdown(isRestarting);
    }

    @Override
    protected synchronized void handleExecuteRequest(ShellReplyEnvironment env, Message<ExecuteRequest> message) {
        boolean succeeded = false;
        StopRequests.cellStarts();
        try {
            succeeded = execute(env, message);
        } finally {
            succeeded &= !StopRequests.cellEnds();
        }
        if (!succeeded && message.getContent().shouldStopOnError() && waiting != null) {
            waiting.refuseAfter(env);
        }
    }

    private boolean execute(ShellReplyEnvironment env, Message<ExecuteRequest> message) {
        commManager.setMessageContext(message);
        ExecuteRequest request = message.getContent();
        boolean silent = request.isSilent();
        int count = silent || !request.shouldStoreHistory() ? executionCount.get() : executionCount.getAndIncrement();
        env.setBusyDeferIdle();
        if (!silent) {
            env.publish(new PublishExecuteInput(request.getCode(), count));
        }
        replaceOutputStreams(env);
        notebookIO.attach(env, request.isStdinEnabled());
        env.defer(() -> notebookIO.detach(env));
        cells.start(count, request.getCode());
        try {
            Object value = evalBuilder(request.getCode()).resolveMagics().eval();
            DisplayData result = notebookIO.hasShown(value, cells.ofThisCell()) ? null : render(value);
            if (result != null && !silent) {
                env.publish(new PublishExecuteResult(count, result));
            }
            tell();
            errors.warnings().forEach(io.err::println);
            env.defer().reply(new ExecuteReply(count, Map.of()));
            return true;
        } catch (Throwable e) {
            tell();
            Report report = reportOf(e);
            var reply = new ErrorReply(report.name(), report.value(), report.lines());
            reply.setExecutionCount(count);
            env.publish(new PublishError(report.name(), report.value(), report.lines()));
            env.defer().replyError(ExecuteReply.MESSAGE_TYPE.error(), reply);
            return false;
        }
    }

    private @Nullable DisplayData render(@Nullable Object value) {
        return value == null || value instanceof DisplayData ? (DisplayData) value : renderer.render(value);
    }

    private void tell() {
        notes.take().forEach(io.err::println);
        lost.ofThisCell().forEach(io.err::println);
    }

    /** The report of a failure; a plain one if even that fails, since without a reply the cell would run forever. */
    private Report reportOf(Throwable failure) {
        try {
            return errors.of(failure);
        } catch (RuntimeException | StackOverflowError e) {
            String type = failure.getClass().getName();
            return new Report(
                    type,
                    "",
                    List.of(type + " (its report failed: " + e.getClass().getName() + ")"));
        }
    }

    @Override
    public @Nullable DisplayData inspect(String code, int at, boolean extraDetail) {
        return inspector.inspect(code, code.offsetByCodePoints(0, Math.min(at, code.codePointCount(0, code.length()))));
    }

    @Override
    protected void handleCompleteRequest(ShellReplyEnvironment env, Message<CompleteRequest> message) {
        CompleteRequest request = message.getContent();
        env.setBusyDeferIdle();
        String code = request.getCode();
        int length = code.codePointCount(0, code.length());
        int end = Math.min(request.getCursorPos(), length);
        try {
            Completions found = completer.complete(code, code.offsetByCodePoints(0, end));
            int start = code.codePointCount(0, found.start());
            List<Map<String, Object>> types = found.items().stream()
                    .map(item -> Map.<String, Object>of(
                            "start", start,
                            "end", end,
                            "text", item.text(),
                            "type", item.kind().word(),
                            "signature", item.signature()))
                    .toList();
            env.reply(new CompleteReply(
                    found.items().stream().map(Completion::text).toList(),
                    start,
                    end,
                    Map.of("_jupyter_types_experimental", types)));
        } catch (RuntimeException e) {
            env.replyError(CompleteReply.MESSAGE_TYPE.error(), ErrorReply.of(e));
        }
    }

    @Override
    protected List<String> formatError(Throwable e) {
        return errors.of(e).lines();
    }
}
