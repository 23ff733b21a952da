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

    HubException(String message) {
        this(Kind.INPUT, message);
    }

    HubException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    HubException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** Remembers the status that the hub answered with. */
    HubException withStatus(int answered) {
        status = answered;
        return this;
    }

    /** The status that the hub answered with; 0 if it is not that. */
    int status() {
        return status;
    }

    static HubException badAnswer(String what) {
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
