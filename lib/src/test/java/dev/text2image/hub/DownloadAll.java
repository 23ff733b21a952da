package dev.text2image.hub;

/** Downloads a whole model with the environment's settings and prints where it is; a process of its own for tests. */
final class DownloadAll {
    private DownloadAll() {}

    public static void main(String[] arguments) {
        System.out.println(Hub.shared().download(RepoId.model(arguments[0]), null, FileChoice.ALL));
    }
}
