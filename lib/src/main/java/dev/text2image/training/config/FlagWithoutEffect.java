package dev.text2image.training.config;

import java.util.Locale;

/** The flags of diffusers' train_text_to_image.py that are understood and change nothing here, with the reason. */
public enum FlagWithoutEffect {
    ENABLE_XFORMERS_MEMORY_EFFICIENT_ATTENTION("attention never stores its scores, with or without the flag"),
    FOREACH_EMA("the average is always updated in one call over all weights"),
    LOCAL_RANK("a run is one process, with a thread for each device"),
    NON_EMA_REVISION("the UNet is that of revision"),
    NUM_VALIDATION_IMAGES("one image of each validation prompt is drawn");

    private final String reason;

    FlagWithoutEffect(String reason) {
        this.reason = reason;
    }

    /**
     * Returns the flag.
     *
     * @return its name without the dashes
     */
    public String flagName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns why the flag has no effect.
     *
     * @return a phrase in lower case without a full stop
     */
    public String reason() {
        return reason;
    }
}
