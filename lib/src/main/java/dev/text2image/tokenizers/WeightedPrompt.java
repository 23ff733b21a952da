package dev.text2image.tokenizers;

import java.util.List;

/**
 * A prompt with weights, in the grammar of the web interface of AUTOMATIC1111.
 *
 * <table>
 * <caption>Grammar</caption>
 * <tr><td>{@code (word)}</td><td>counts 1.1 times as much; brackets may be nested, and their weights multiply</td></tr>
 * <tr><td>{@code (word:1.3)}</td><td>counts 1.3 times as much</td></tr>
 * <tr><td>{@code [word]}</td><td>counts 1 / 1.1 times as much; a number in it is text</td></tr>
 * <tr><td>{@code \( \) \[ \] \\}</td><td>the characters themselves; other backslashes are left out</td></tr>
 * <tr><td>{@code BREAK}</td><td>what follows goes to the next chunk of tokens</td></tr>
 * </table>
 *
 * <p>Other than there, a bracket that has no partner is an error, and BREAK works in brackets too.
 *
 * @param sections the parts between BREAKs, each at least one text; neighbours differ in weight
 */
public record WeightedPrompt(List<List<WeightedText>> sections) {
    /** Copies the lists. */
    public WeightedPrompt {
        sections = sections.stream().map(List::copyOf).toList();
    }

    /**
     * Reads a prompt.
     *
     * @param prompt the text with its brackets
     * @return its parts
     * @throws dev.text2image.io.InvalidInputException if brackets have no partner, or a weight is no number
     */
    public static WeightedPrompt parse(String prompt) {
        return new WeightedPromptParser(prompt).parse();
    }
}
