package dev.text2image.hub;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request to the hub.
 *
 * @param method GET, POST, ...
 * @param uri the address
 * @param headers more headers; the token and the client's name are added
 * @param body what is sent, made anew for each try; null for nothing
 * @param subject what the request is about, for messages
 */
public record HubRequest(
        String method,
        URI uri,
        Map<String, String> headers,
        @Nullable Body body,
        String subject) {
    /**
     * Asks for something.
     *
     * @param uri the address
     * @param subject what the request is about, for messages
     * @return the request
     */
    public static HubRequest get(URI uri, String subject) {
        return new HubRequest("GET", uri, Map.of(), null, subject);
    }

    /**
     * Sends an object.
     *
     * @param uri the address
     * @param json the object
     * @param subject what the request is about, for messages
     * @return the request
     */
    public static HubRequest post(URI uri, JsonObject json, String subject) {
        Body body = () -> BodyPublishers.ofString(json.toString());
        return new HubRequest("POST", uri, Map.of("Content-Type", "application/json"), body, subject);
    }

    /** What a request sends. */
    @FunctionalInterface
    public interface Body {
        /**
         * Starts from the beginning.
         *
         * @return the bytes, for one try
         * @throws IOException if they cannot be read
         */
        BodyPublisher open() throws IOException;

        /**
         * Tells whether the other side still takes bytes.
         *
         * @return a number that changes while it does
         */
        default long sent() {
            return 0;
        }
    }
}
