package dev.text2image.data.formats;

/**
 * What an image file says about itself before its pixels are decoded.
 *
 * @param format the format's name, for example {@code "PNG"}
 * @param width the width in pixels as stored, before the EXIF orientation is applied
 * @param height the height in pixels as stored
 */
public record ImageHeader(String format, int width, int height) {}
