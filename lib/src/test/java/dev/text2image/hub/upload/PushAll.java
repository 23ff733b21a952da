package dev.text2image.hub.upload;

import dev.text2image.hub.Hub;
import java.nio.file.Path;

/** Pushes a directory with the environment's settings; a process of its own for tests. */
final class PushAll {
    private PushAll() {}

    public static void main(String[] arguments) {
        PushTarget target = PushTarget.check(Hub.shared(), arguments[1], null, false);
        System.out.println(target.push(Path.of(arguments[0]), "Upload"));
    }
}
