package dev.text2image.hub;

import dev.text2image.io.InvalidInputException;

/** Something on the hub, or on the way to it, does not work; the message says what to do. */
public final class HubException extends InvalidInputException {
    private static final long serialVersionUID = 1L;

    /** What kind of trouble it is. */
    public enum Kind {
        /** A name, a token or a setting cannot be used. */
        INPUT,
        /** There is no such repository, revision or file, or it may not be seen. */
        MISSING,
        /** The token is missing, wrong or lacks a right. */
        ACCESS,
        /** The hub cannot be reached, or does not do its work. */
        NETWORK
    }

    private final Kind kind;
    private int status;

    /**
     * Says that a name, a token or a setting cannot be used.
     *
     * @param message what is wrong, and what to do
     */
    public HubException(String message) {
        this(Kind.INPUT, message);
    }

    /**
     * Says what does not work.
     *
     * @param kind the kind of trouble
     * @param message what is wrong, and what to do
     */
    public HubException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /**
     * Says what does not work, and why.
     *
     * @param kind the kind of trouble
     * @param message what is wrong, and what to do
     * @param cause what showed it
     */
    public HubException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** Remembers the status that the hub answered with. */
    HubException withStatus(int answered) {
        status = answered;
        return this;
    }

    /**
     * Returns the status that the hub answered with.
     *
     * @return 400 or more; 0 if the trouble is no answer
     */
    public int status() {
        return status;
    }

    /**
     * Says that an answer is not what the hub's protocol has.
     *
     * @param what what is wrong with it: words that follow a colon
     * @return the exception
     */
    public static HubException badAnswer(String what) {
        return new HubException(
                Kind.NETWORK,
                "The hub's answer cannot be used: " + what + ". If HF_ENDPOINT is set, check that it is a hub.");
    }

    /**
     * Returns what kind of trouble it is.
     *
     * @return the kind
     */
    public Kind kind() {
        return kind;
    }
}
