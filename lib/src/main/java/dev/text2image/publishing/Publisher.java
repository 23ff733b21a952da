package dev.text2image.publishing;

import dev.text2image.hub.Hub;
import dev.text2image.hub.HubException;
import dev.text2image.hub.RepoId;
import dev.text2image.hub.upload.PushTarget;
import dev.text2image.hub.upload.Pushed;
import dev.text2image.training.Trainer;
import java.nio.file.Path;

/**
 * Puts the result of a run on the hub.
 *
 * <pre>{@code
 * Publisher publisher = Publisher.check(Hub.shared(), "my-model", true); // before the run
 * trainer.run();
 * System.out.println(publisher.publish(trainer));                       // after it
 * }</pre>
 */
public final class Publisher {
    /** What diffusers' scripts call the commit. */
    private static final String MESSAGE = "End of training";

    private final PushTarget target;

    private Publisher(PushTarget target) {
        this.target = target;
    }

    /**
     * Checks that the hub is there, whom the token belongs to, the name, and the right to write. Nothing is changed.
     *
     * @param hub the hub, with the token
     * @param name {@code "namespace/name"}, or {@code "name"} for one of the token's account
     * @param isPrivate whether the repository is for few people only
     * @return the publisher
     * @throws HubException if one of these does not hold, saying which
     */
    public static Publisher check(Hub hub, String name, boolean isPrivate) {
        return new Publisher(PushTarget.check(hub, name, null, isPrivate));
    }

    /**
     * Names a model as diffusers' scripts do if no name is given.
     *
     * @param outputDirectory where the run writes
     * @return the last part of the path
     */
    public static String nameOf(Path outputDirectory) {
        return String.valueOf(outputDirectory.toAbsolutePath().normalize().getFileName());
    }

    /**
     * Returns the repository.
     *
     * @return its name, with its namespace
     */
    public RepoId repo() {
        return target.repo();
    }

    /**
     * Makes the repository, if there is none: the last thing that a token may lack the right to.
     *
     * @throws HubException if the token may not
     */
    public void create() {
        target.create();
    }

    /**
     * Writes the card and pushes what a run has written to its output directory.
     *
     * @param trainer the run, at its end
     * @return what was done
     * @throws HubException if it does not work, saying how to go on; the result stays where it is
     */
    public Pushed publish(Trainer trainer) {
        Path directory = Path.of(trainer.config().outputDir());
        try {
            ModelCard.write(trainer, repo().name());
            return target.push(directory, MESSAGE);
        } catch (HubException e) {
            throw new HubException(
                    e.kind(),
                    "The result is in " + directory + ", but could not be put on the hub: " + e.getMessage()
                            + " Go on with: ./run push " + directory + " " + repo(),
                    e);
        }
    }
}
