package dev.text2image.plots;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.Hashtable;
import java.util.function.Consumer;

/** Images that hold more than one pixel for each nominal point, so that they are sharp on dense screens. */
public final class HiDpi {
    /** The number of pixels for each point along each axis in the images of this package. */
    public static final int SCALE = 2;

    private static final String PROPERTY = "dev.text2image.pixelsPerPoint";

    private HiDpi() {}

    /**
     * Tells how many pixels of an image make one point of its nominal size.
     *
     * @param image any image
     * @return {@link #SCALE} for an image drawn by this package, 1 for any other
     */
    public static int pixelsPerPoint(BufferedImage image) {
        return image.getProperty(PROPERTY) instanceof Integer scale ? scale : 1;
    }

    /**
     * Draws an image on white.
     *
     * @param width the nominal width in points
     * @param height the nominal height in points
     * @param painter draws in points
     * @return an image of {@link #SCALE} times the nominal size and at most 256 colours
     */
    static BufferedImage draw(int width, int height, Consumer<Graphics2D> painter) {
        var image = new BufferedImage(width * SCALE, height * SCALE, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        try {
            graphics.setColor(Color.WHITE);
            graphics.fillRect(0, 0, image.getWidth(), image.getHeight());
            graphics.scale(SCALE, SCALE);
            graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
            graphics.setRenderingHint(RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
            painter.accept(graphics);
        } finally {
            graphics.dispose();
        }
        return Palette.reduce(image, properties());
    }

    @SuppressWarnings("JdkObsolete") // BufferedImage asks for a Hashtable.
    private static Hashtable<String, Object> properties() {
        Hashtable<String, Object> properties = new Hashtable<>();
        properties.put(PROPERTY, SCALE);
        return properties;
    }
}
