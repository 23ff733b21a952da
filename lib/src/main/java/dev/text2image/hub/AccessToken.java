package dev.text2image.hub;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A person's token for the hub. Its text is in no {@code toString}, and so in no log, message or record. */
public final class AccessToken {
    private final String text;
    private final String origin;

    private AccessToken(String text, String origin) {
        this.text = text;
        this.origin = origin;
    }

    /**
     * Takes a token that a person gave.
     *
     * @param text the token; blanks around it do not count
     * @param origin where it is from, for messages, such as {@code "--hub_token"}
     * @return the token; empty if nothing is left of the text
     * @throws HubException if it holds characters that no token has
     */
    public static Optional<AccessToken> of(@Nullable String text, String origin) {
        String clean = text == null ? "" : text.strip();
        if (clean.chars().anyMatch(c -> c <= ' ' || c >= 127)) {
            throw new HubException(
                    "The token from " + origin + " holds blanks or letters that no token has; copy it once more.");
        }
        return clean.isEmpty() ? Optional.empty() : Optional.of(new AccessToken(clean, origin));
    }

    /** The value of the header that carries it. */
    String authorization() {
        return "Bearer " + text;
    }

    /** Where it is from. */
    String origin() {
        return origin;
    }

    @Override
    public String toString() {
        return "token from " + origin;
    }
}
