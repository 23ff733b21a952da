package dev.text2image.hub;

import dev.text2image.hub.HubException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Turns what the hub refuses into a sentence; it names errors in the header X-Error-Code. */
final class HubErrors {
    private static final int MAX_DETAIL = 300;
    private static final Pattern WRONG_TOKEN = Pattern.compile("Invalid (credentials|username or password)");

    private HubErrors() {}

    /** Reads the answer to its end and closes it. */
    static HubException of(String subject, HttpResponse<InputStream> response, HubSettings settings) {
        int status = response.statusCode();
        String detail = response.headers().firstValue("X-Error-Message").orElseGet(() -> shortText(response));
        close(response);
        String code = response.headers().firstValue("X-Error-Code").orElse("");
        AccessToken token = settings.token();
        boolean wrongToken =
                token != null && status == 401 && WRONG_TOKEN.matcher(detail).find();
        if (wrongToken) {
            return new HubException(
                    Kind.ACCESS,
                    "The hub does not know the " + token + "; make a new one at " + settings.endpoint()
                            + "/settings/tokens and set HF_TOKEN to it.");
        }
        return switch (code) {
            case "GatedRepo" -> new HubException(Kind.ACCESS, gated(subject, settings));
            case "RevisionNotFound" ->
                new HubException(Kind.MISSING, subject + " has no such revision; check the branch, tag or commit.");
            case "EntryNotFound" ->
                new HubException(Kind.MISSING, subject + " is not there any more; look at its page on the hub.");
            case "RepoNotFound" -> new HubException(Kind.MISSING, missing(subject, token));
            default -> byStatus(subject, status, detail, token);
        };
    }

    private static HubException byStatus(String subject, int status, String detail, @Nullable AccessToken token) {
        String hub = status + (detail.isEmpty() ? "" : ": " + detail);
        if (detail.contains("Access to this resource is disabled")) {
            return new HubException(Kind.MISSING, subject + " was disabled by the hub; use another one.");
        }
        return switch (status) {
            case 401, 404 -> new HubException(Kind.MISSING, missing(subject, token));
            case 403 ->
                new HubException(
                        Kind.ACCESS,
                        "The hub forbids access to " + subject + " (" + hub + "); "
                                + (token == null
                                        ? "set HF_TOKEN to a token that may."
                                        : "the " + token + " lacks the right."));
            case 429 ->
                new HubException(
                        Kind.NETWORK, "The hub has had too many requests from here (" + hub + "); try again later.");
            case 400, 409, 413, 416, 422 ->
                new HubException(Kind.INPUT, "The hub refuses the request for " + subject + " (" + hub + ").");
            default ->
                new HubException(
                        Kind.NETWORK,
                        "The hub does not do its work for " + subject + " (" + hub + "); try again later.");
        };
    }

    private static String missing(String subject, @Nullable AccessToken token) {
        return "The hub has no " + subject + ", or it is private; check the name. "
                + (token == null
                        ? "To see private ones, set HF_TOKEN to a token, or log in with: hf auth login."
                        : "The " + token + " gives no access to a private one of that name.");
    }

    private static String gated(String subject, HubSettings settings) {
        String ask = subject + " is gated: accept its conditions on its page at " + settings.endpoint();
        return settings.token() == null
                ? ask + ", and set HF_TOKEN to a token of that account."
                : ask + " with the account of the " + settings.token() + ", and wait until access is granted.";
    }

    private static String shortText(HttpResponse<InputStream> response) {
        try {
            String text = new String(response.body().readNBytes(MAX_DETAIL), StandardCharsets.UTF_8);
            boolean page = text.stripLeading().startsWith("<");
            return page ? "" : text.replaceAll("\\p{Cntrl}+", " ").strip();
        } catch (IOException e) {
            return "";
        }
    }

    private static void close(HttpResponse<InputStream> response) {
        try {
            response.body().close();
        } catch (IOException e) {
            // the answer is not needed any more
        }
    }
}
