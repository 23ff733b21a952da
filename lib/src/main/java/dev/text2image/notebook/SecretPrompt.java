package dev.text2image.notebook;

import org.jspecify.annotations.Nullable;

/** Asks a person for what nobody else may see; implemented by the notebook kernel. */
@FunctionalInterface
public interface SecretPrompt {
    /** There is nobody to ask. */
    SecretPrompt NOBODY = question -> null;

    /**
     * Asks, and does not show what is typed.
     *
     * @param question what is wanted
     * @return what was typed; null if nobody can be asked
     */
    @Nullable
    String ask(String question);
}
