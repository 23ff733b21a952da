package dev.text2image.kernel.repl;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dflib.jjava.jupyter.channels.JupyterConnection;
import org.dflib.jjava.jupyter.channels.ShellChannel;
import org.dflib.jjava.jupyter.channels.ShellHandler;
import org.dflib.jjava.jupyter.channels.ShellReplyEnvironment;
import org.dflib.jjava.jupyter.messages.Message;
import org.dflib.jjava.jupyter.messages.MessageType;
import org.dflib.jjava.jupyter.messages.reply.ExecuteReply;
import org.dflib.jjava.jupyter.messages.request.ExecuteRequest;
import org.dflib.jjava.shaded.org.zeromq.ZMQ;

/**
 * The cells that wait behind one that failed. "Run All" sends all cells at once and expects, of a kernel that knows
 * {@code stop_on_error}, that those behind a failure do not run. JJava would run them.
 */
final class WaitingCells {
    private static final System.Logger LOG = System.getLogger(WaitingCells.class.getName());

    private final JupyterConnection connection;

    WaitingCells(JupyterConnection connection) {
        this.connection = connection;
    }

    /**
     * Sends the reply of a failed cell, refuses the cells that arrived before it, with the status "aborted", and answers all other
     * requests that did. What arrives later is left in the queue: it was sent by someone who knows of the failure. Must be called
     * on the thread that reads requests.
     */
    void refuseAfter(ShellReplyEnvironment failed) {
        if (failed.getShell() instanceof ShellChannel shell) {
            List<Message<?>> arrived = arrived(shell);
            failed.resolveDeferrals();
            for (Message<?> message : arrived) {
                ShellReplyEnvironment env = connection.prepareReplyEnv(shell, message);
                if (message.getContent() instanceof ExecuteRequest) {
                    abort(env, message);
                } else {
                    answer(env, message);
                }
                if (env.isMarkedForShutdown()) {
                    connection.close();
                    return;
                }
            }
        }
    }

    private static List<Message<?>> arrived(ShellChannel shell) {
        List<Message<?>> messages = new ArrayList<>();
        while ((shell.getEvents() & ZMQ.Poller.POLLIN) != 0) {
            messages.add(shell.readMessage());
        }
        return messages;
    }

    private static void abort(ShellReplyEnvironment env, Message<?> message) {
        env.setStatusBusy();
        env.reply(new Message<>(message, aborted(), Map.of("status", "aborted")));
        env.setStatusIdle();
    }

    /** The type of an execute reply, whose content class in JJava knows only "ok" and "error". */
    @SuppressWarnings("unchecked")
    private static MessageType<Object> aborted() {
        return (MessageType<Object>) (MessageType<?>) ExecuteReply.MESSAGE_TYPE;
    }

    @SuppressWarnings("unchecked")
    private void answer(ShellReplyEnvironment env, Message<?> message) {
        ShellHandler<Object> handler =
                connection.getHandler((MessageType<Object>) message.getHeader().getType());
        if (handler == null) {
            return;
        }
        try {
            handler.handle(env, (Message<Object>) message);
        } catch (RuntimeException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "A request has no reply: " + message.getHeader().getType(),
                    e);
        } finally {
            env.resolveDeferrals();
        }
    }
}
