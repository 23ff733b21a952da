package dev.text2image.cli;

import dev.text2image.hub.AccessToken;
import dev.text2image.hub.Hub;
import org.jspecify.annotations.Nullable;

/** The token of a command line. */
final class HubToken {
    /** Where ./run puts a token that is given to it: everybody on the machine sees a process's words, but not its variables. */
    private static final String VARIABLE = "TEXT2IMAGE_HUB_TOKEN";

    private HubToken() {}

    /**
     * Returns the hub that is published on.
     *
     * @param token a token among the words, or null
     * @param flag the flag that it is given with
     */
    static Hub hub(@Nullable AccessToken token, String flag) {
        AccessToken given =
                token == null ? AccessToken.of(System.getenv(VARIABLE), flag).orElse(null) : token;
        return given == null ? Hub.shared() : new Hub(Hub.shared().settings().withToken(given));
    }
}
