package dev.text2image.data.loading;

/**
 * Where the square that a model sees lies in a resized image.
 *
 * @param top its first row
 * @param left its first column
 * @param mirrored whether it is mirrored, left to right
 */
record Placement(int top, int left, boolean mirrored) {}
