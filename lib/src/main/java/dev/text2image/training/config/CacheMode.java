package dev.text2image.training.config;

/** Where the outputs of a frozen model are kept, so that it runs only once for each input. */
public enum CacheMode {
    /** Nowhere: the model runs in each step. */
    NONE,
    /** In the process's memory. */
    MEMORY,
    /** In files, which later runs use too. */
    DISK
}
