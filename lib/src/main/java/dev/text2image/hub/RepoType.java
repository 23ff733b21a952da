package dev.text2image.hub;

/** The kinds of repositories on the hub that are used here. */
public enum RepoType {
    /** Weights and their configuration. */
    MODEL("model", ""),
    /** Images and captions. */
    DATASET("dataset", "datasets/");

    private final String jsonName;
    private final String pathPrefix;

    RepoType(String jsonName, String pathPrefix) {
        this.jsonName = jsonName;
        this.pathPrefix = pathPrefix;
    }

    /**
     * Returns the name in requests.
     *
     * @return {@code model} or {@code dataset}
     */
    public String jsonName() {
        return jsonName;
    }

    /** The plural, which addresses and folders of the cache begin with. */
    String plural() {
        return jsonName + "s";
    }

    /** What stands before a repository's name in the address of its page. */
    String pathPrefix() {
        return pathPrefix;
    }

    /** The words for messages. */
    String words() {
        return this == MODEL ? "model" : "data set";
    }
}
