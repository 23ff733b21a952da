package dev.text2image.hub;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where the hub and its cache are, as huggingface_hub's environment variables say (constants.py, utils/_auth.py).
 *
 * @param endpoint the hub's address without a slash at its end
 * @param cache the directory of all downloaded repositories
 * @param token the person's token; null if there is none
 * @param offline true if no request may be made
 * @param links false if the cache must do without symbolic links
 * @param timeout how long the hub may be silent
 * @param pause how long to wait before the second try; it doubles with each
 */
public record HubSettings(
        URI endpoint,
        Path cache,
        @Nullable AccessToken token,
        boolean offline,
        boolean links,
        Duration timeout,
        Duration pause) {
    private static final String DEFAULT_ENDPOINT = "https://huggingface.co";
    private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");
    private static final Pattern VARIABLE = Pattern.compile("\\$(?:(\\w+)|\\{(\\w+)})");
    private static final long DEFAULT_TIMEOUT_SECONDS = 10;

    /**
     * Reads the variables HF_ENDPOINT, HF_HOME, XDG_CACHE_HOME, HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_TOKEN,
     * HUGGING_FACE_HUB_TOKEN, HF_TOKEN_PATH, HF_HUB_DISABLE_IMPLICIT_TOKEN, HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE,
     * HF_HUB_DISABLE_SYMLINKS and HF_HUB_DOWNLOAD_TIMEOUT.
     *
     * @param environment the variables
     * @return the settings
     * @throws HubException if one of them cannot be used
     */
    public static HubSettings of(Map<String, String> environment) {
        Path home = path(environment, "HF_HOME", defaultHome(environment).resolve("huggingface"));
        Path cache = path(environment, "HF_HUB_CACHE", path(environment, "HUGGINGFACE_HUB_CACHE", home.resolve("hub")));
        boolean implicit = !isTrue(environment.get("HF_HUB_DISABLE_IMPLICIT_TOKEN"));
        String offline = environment.get("HF_HUB_OFFLINE");
        return new HubSettings(
                endpoint(environment.getOrDefault("HF_ENDPOINT", DEFAULT_ENDPOINT)),
                cache,
                implicit
                        ? findToken(environment, path(environment, "HF_TOKEN_PATH", home.resolve("token")))
                                .orElse(null)
                        : null,
                isTrue(offline == null || offline.isEmpty() ? environment.get("TRANSFORMERS_OFFLINE") : offline),
                !isTrue(environment.get("HF_HUB_DISABLE_SYMLINKS")),
                timeout(environment.get("HF_HUB_DOWNLOAD_TIMEOUT")),
                Duration.ofSeconds(1));
    }

    /**
     * Returns the same settings with another token.
     *
     * @param newToken the token
     * @return changed settings
     */
    public HubSettings withToken(AccessToken newToken) {
        return new HubSettings(endpoint, cache, newToken, offline, links, timeout, pause);
    }

    private static Path defaultHome(Map<String, String> environment) {
        String xdg = environment.get("XDG_CACHE_HOME");
        return xdg == null ? Path.of(userHome(environment), ".cache") : Path.of(xdg);
    }

    private static String userHome(Map<String, String> environment) {
        String home = environment.get("HOME");
        return home == null || home.isEmpty() ? System.getProperty("user.home", "") : home;
    }

    private static Path path(Map<String, String> environment, String name, Path otherwise) {
        String text = environment.get(name);
        if (text == null || text.isEmpty()) {
            return otherwise;
        }
        String home = userHome(environment);
        String expanded = text.equals("~") || text.startsWith("~/") ? home + text.substring(1) : text;
        return Path.of(
                VARIABLE.matcher(expanded).replaceAll(found -> Matcher.quoteReplacement(value(environment, found))));
    }

    /** The value of a variable, or the text that names it if there is no such variable, as in Python. */
    private static String value(Map<String, String> environment, MatchResult found) {
        String name = found.group(1) == null ? found.group(2) : found.group(1);
        return environment.getOrDefault(name, found.group());
    }

    private static Optional<AccessToken> findToken(Map<String, String> environment, Path file) {
        for (String name : new String[] {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
            String text = environment.get(name);
            if (text != null && !text.isBlank()) {
                return AccessToken.of(text, "the variable " + name);
            }
        }
        try {
            return Files.isRegularFile(file)
                    ? AccessToken.of(Files.readString(file), file.toString())
                    : Optional.empty();
        } catch (IOException e) {
            throw new HubException(
                    HubException.Kind.INPUT, "The file of the token " + file + " cannot be read; check it.", e);
        }
    }

    private static URI endpoint(String text) {
        String trimmed = text.replaceFirst("/+$", "");
        try {
            URI endpoint = URI.create(trimmed);
            boolean web = "https".equals(endpoint.getScheme()) || "http".equals(endpoint.getScheme());
            if (web && endpoint.getHost() != null && endpoint.getUserInfo() == null && endpoint.getQuery() == null) {
                return endpoint;
            }
        } catch (IllegalArgumentException e) {
            // said below, without the text that a URI's exception would repeat
        }
        throw new HubException("HF_ENDPOINT is no address of a hub; it begins with https:// and has no user name and"
                + " no question mark. Correct it or unset it.");
    }

    private static Duration timeout(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            return Duration.ofSeconds(DEFAULT_TIMEOUT_SECONDS);
        }
        if (!text.matches("[1-9]\\d{0,4}")) {
            throw new HubException("HF_HUB_DOWNLOAD_TIMEOUT is " + text + "; give whole seconds from 1 to 99999.");
        }
        return Duration.ofSeconds(Long.parseLong(text));
    }

    private static boolean isTrue(@Nullable String text) {
        return text != null && TRUE.contains(text.toUpperCase(Locale.ROOT));
    }
}
