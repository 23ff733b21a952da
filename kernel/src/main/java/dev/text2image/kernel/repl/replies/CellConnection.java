package dev.text2image.kernel.repl.replies;

import java.security.GeneralSecurityException;
import org.dflib.jjava.jupyter.channels.JupyterConnection;
import org.dflib.jjava.jupyter.channels.ShellChannel;
import org.dflib.jjava.jupyter.channels.ShellReplyEnvironment;
import org.dflib.jjava.jupyter.kernel.KernelConnectionProperties;
import org.dflib.jjava.jupyter.messages.MessageContext;

/** The connection to Jupyter, whose cells send their printed text in large messages, of which none is dropped. */
public final class CellConnection extends JupyterConnection {
    private static final int MILLIS_TO_SEND_THE_REST = 2000;

    /**
     * Connects.
     *
     * @param properties where to, and the key that messages are signed with
     * @throws GeneralSecurityException if the kind of signature is not known
     */
    public CellConnection(KernelConnectionProperties properties) throws GeneralSecurityException {
        super(properties);
        // ZeroMQ's own limit drops messages, errors and the end of a cell too, while a reader is a thousand behind.
        iopub.setHWM(0);
        iopub.setLinger(MILLIS_TO_SEND_THE_REST);
    }

    @Override
    public ShellReplyEnvironment prepareReplyEnv(ShellChannel shell, MessageContext context) {
        return new CellReplies(shell, stdin, iopub, context);
    }
}
