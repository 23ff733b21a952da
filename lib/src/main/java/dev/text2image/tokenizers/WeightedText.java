package dev.text2image.tokenizers;

/**
 * A part of a prompt that counts more or less than the rest.
 *
 * @param text the words
 * @param weight how much they count; 1 as a rule
 */
public record WeightedText(String text, double weight) {}
