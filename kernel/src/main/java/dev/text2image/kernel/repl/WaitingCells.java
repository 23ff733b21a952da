package dev.text2image.kernel.repl;

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
     * Refuses the cells that have arrived by now, with the status "aborted", and answers all other requests. Must be called
     * on the thread that reads requests, after the failed cell has its reply.
     */
    void refuse(ShellReplyEnvironment failed) {
        if (failed.getShell() instanceof ShellChannel shell) {
            while ((shell.getEvents() & ZMQ.Poller.POLLIN) != 0) {
                Message<?> message = shell.readMessage();
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
