package dev.text2image.cli;

import dev.text2image.hub.AccessToken;
import dev.text2image.hub.upload.PushTarget;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Puts a model on the hub. */
@Command(
        name = "push",
        description = {
            "Puts the files of a directory on the Hugging Face hub, in one commit; what the hub has is not sent again.",
            "Checkpoints, caches and names that begin with a dot are left out."
        })
final class PushCommand implements Runnable {
    @Parameters(index = "0", paramLabel = "DIRECTORY", description = "Directory of the model or the LoRA weights.")
    private Path directory = Path.of("");

    @Parameters(
            index = "1",
            paramLabel = "NAME",
            description = "Name on the hub: namespace/name, or name for one of your account.")
    private String name = "";

    @Option(names = "--private", description = "Make the repository private if it is new; refuse a public one.")
    private boolean isPrivate;

    @Option(names = "--revision", description = "Branch, made if there is none (default: main).")
    private @Nullable String revision;

    @Option(names = "--commit_message", description = "What the commit is called (default: Upload DIRECTORY).")
    private @Nullable String message;

    @Option(
            names = "--token",
            description =
                    "Token with the right to write. The variable HF_TOKEN and hf auth login are safer: a command line can"
                            + " be seen by others on this machine, and is kept in the history of the shell.")
    private @Nullable String token;

    @Override
    public void run() {
        AccessToken given = AccessToken.of(token, "--token").orElse(null);
        PushTarget target = PushTarget.check(HubToken.hub(given, "--token"), name, revision, isPrivate);
        String usual = "Upload " + directory.toAbsolutePath().normalize().getFileName();
        System.out.println("Pushed: " + target.push(directory, message == null ? usual : message));
    }
}
