package dev.text2image.tokenizers;

/**
 * A token that is found in a text as a whole, before the text is cut into words.
 *
 * @param content its text
 * @param id its id
 * @param normalized whether it is looked for in the cleaned text, so that case does not matter; otherwise in the text as given
 * @param special whether it stands for no text, as the start and end tokens do
 */
record AddedToken(String content, int id, boolean normalized, boolean special) {}
