package dev.text2image.kernel.repl.replies;

import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.dflib.jjava.jupyter.channels.JupyterSocket;
import org.dflib.jjava.jupyter.channels.ShellChannel;
import org.dflib.jjava.jupyter.channels.ShellReplyEnvironment;
import org.dflib.jjava.jupyter.channels.StdinChannel;
import org.dflib.jjava.jupyter.messages.Message;
import org.dflib.jjava.jupyter.messages.MessageContext;
import org.dflib.jjava.jupyter.messages.publish.PublishDisplayData;
import org.dflib.jjava.jupyter.messages.publish.PublishStream;
import org.dflib.jjava.jupyter.messages.publish.PublishStream.StreamType;
import org.jspecify.annotations.Nullable;

/**
 * What a cell sends, with the printed text of {@value #MILLIS} ms in one message, and of longer when the cell has printed much: for each
 * message JupyterLab lays out all text of the cell again. JJava's kernel makes a message of each line, of which Jupyter's server takes a
 * thousand in a second. Text goes before whatever is sent after it was printed.
 */
final class CellReplies extends ShellReplyEnvironment {
    private static final long MILLIS = 200;
    private static final long MOST_MILLIS = 2000;
    private static final long CHARACTERS_PER_MILLI = 500;
    private static final int MOST_CHARACTERS = 1 << 20;
    private static final TextPace PACE = new TextPace();
    private static final ScheduledExecutorService TIMER = Executors.newSingleThreadScheduledExecutor(task -> {
        var thread = new Thread(task, "send-printed-text");
        thread.setDaemon(true);
        return thread;
    });

    private final TextBuffer buffer = new TextBuffer();
    private long sent;
    private @Nullable Future<?> scheduled;
    private @Nullable String lastDisplay;

    CellReplies(ShellChannel shell, StdinChannel stdin, JupyterSocket iopub, MessageContext context) {
        super(shell, stdin, iopub, context);
    }

    @Override
    public void writeToStdOut(String text) {
        write(StreamType.OUT, text);
    }

    @Override
    public void writeToStdErr(String text) {
        write(StreamType.ERR, text);
    }

    private void write(StreamType stream, String text) {
        long millis;
        synchronized (buffer) {
            buffer.add(stream, text);
            if (buffer.length() < MOST_CHARACTERS) {
                sendSoon();
                return;
            }
            millis = sendText();
        }
        // Not while the buffer is locked, so that other messages pass.
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void sendSoon() {
        if (scheduled == null) {
            long millis = Math.min(MOST_MILLIS, Math.max(MILLIS, sent / CHARACTERS_PER_MILLI));
            scheduled = TIMER.schedule(this::sendInTime, millis, TimeUnit.MILLISECONDS);
        }
    }

    private void sendInTime() {
        synchronized (buffer) {
            scheduled = null;
            sendText();
        }
    }

    /** Sends what was printed until now; returns for how long whoever prints has to wait. */
    long sendText() {
        synchronized (buffer) {
            sent += buffer.length();
            long bytes = 0;
            for (PublishStream text : buffer.take()) {
                bytes += TextPace.bytes(text.getText());
                // Not by publish, which a deferral of another thread would hold back.
                getIopub().sendMessage(new Message<>(getContext(), PublishStream.MESSAGE_TYPE, text));
            }
            return bytes == 0 ? 0 : PACE.millisToWait(bytes);
        }
    }

    @Override
    public void publish(Message<?> message) {
        synchronized (buffer) {
            sendText();
            if (message.getContent() instanceof PublishDisplayData shown) {
                lastDisplay = shown.getDisplayId();
            }
            super.publish(message);
        }
    }

    @Override
    public String readFromStdIn(String prompt, boolean isPassword) {
        sendText();
        return super.readFromStdIn(prompt, isPassword);
    }

    /** The identifier of what the cell displayed last; null if it displayed nothing. */
    @Nullable
    String lastDisplay() {
        synchronized (buffer) {
            return lastDisplay;
        }
    }
}
