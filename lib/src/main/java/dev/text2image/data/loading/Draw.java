package dev.text2image.data.loading;

/**
 * What chance decided about a row in an epoch, when its crop is the only one possible.
 *
 * @param row the row's number
 * @param caption the caption that was chosen
 * @param mirrored whether the image is mirrored, left to right
 */
public record Draw(int row, String caption, boolean mirrored) {}
