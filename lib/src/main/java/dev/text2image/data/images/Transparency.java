package dev.text2image.data.images;

/** What becomes of an image's transparency when it is read as RGB. */
public enum Transparency {
    /** The alpha channel is dropped, and the colour that lies under transparent pixels shows, often black; what diffusers does. */
    DROP,
    /** The image is laid on white paper. */
    ON_WHITE
}
