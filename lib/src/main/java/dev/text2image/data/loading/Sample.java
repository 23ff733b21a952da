package dev.text2image.data.loading;

import dev.text2image.data.images.RgbImage;

/**
 * One row as the model sees it.
 *
 * @param row the row's number
 * @param caption the caption that was chosen
 * @param image the image, (resolution, resolution)
 */
record Sample(int row, String caption, RgbImage image) {}
