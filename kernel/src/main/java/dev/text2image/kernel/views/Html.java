package dev.text2image.kernel.views;

/**
 * A piece of HTML and the same in plain text, for front ends that show no HTML.
 *
 * @param html the HTML
 * @param text the plain text
 */
public record Html(String html, String text) {}
