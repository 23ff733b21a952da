package dev.text2image.cli;

import dev.text2image.hub.Hub;
import dev.text2image.io.ByteSize;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows what was downloaded, and makes room. */
@Command(
        name = "cache",
        description = "Lists the models and data sets in the cache of the Hugging Face hub, or frees one.")
final class CacheCommand implements Runnable {
    @Option(names = "--free", paramLabel = "NAME", description = "Delete the model and the data set of this name.")
    private @Nullable String freed;

    @Override
    public void run() {
        Hub hub = Hub.shared();
        List<Hub.Cached> entries = freed == null ? hub.cached() : hub.free(freed);
        System.out.println(
                (freed == null ? "In " : "Deleted from ") + hub.settings().cache() + ":");
        for (Hub.Cached entry : entries) {
            System.out.printf(
                    "%12s  %-7s  %s%n",
                    ByteSize.text(entry.bytes()), entry.repo().type().name().toLowerCase(Locale.ROOT), entry.repo());
        }
        if (entries.isEmpty()) {
            System.out.println("nothing");
        }
    }
}
