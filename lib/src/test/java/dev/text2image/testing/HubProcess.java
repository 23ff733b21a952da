package dev.text2image.testing;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A JVM of its own, to be killed, whose hub is the stand-in. */
public final class HubProcess {
    private HubProcess() {}

    /**
     * Starts a class of the tests.
     *
     * @param server the hub
     * @param home where its caches go; what it prints goes to output.txt there
     * @param variables more variables of its environment
     * @param main the class
     * @param arguments what its main method is given
     */
    public static Process start(
            StandInHub server, Path home, Map<String, String> variables, Class<?> main, String... arguments)
            throws IOException {
        ProcessBuilder builder = ChildJvm.of(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"), main, arguments);
        builder.environment().put("HF_ENDPOINT", server.endpoint().toString());
        builder.environment().put("HF_HOME", home.toString());
        builder.environment().put("HF_HUB_OFFLINE", "0");
        builder.environment().putAll(variables);
        return builder.redirectErrorStream(true)
                .redirectOutput(home.resolve("output.txt").toFile())
                .start();
    }

    /** Waits, and leaves an interrupt to whoever asks next. */
    public static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
