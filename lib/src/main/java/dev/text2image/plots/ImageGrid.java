package dev.text2image.plots;

import dev.text2image.data.CaptionedDataset;
import dev.text2image.data.Images;
import dev.text2image.data.Transparency;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;

/** Puts images side by side, with a caption below each, into one picture. */
public final class ImageGrid {
    private static final int GAP = 12;
    private static final int CAPTION_GAP = 6;
    private static final int MAX_CAPTION_LINES = 3;
    private static final Font CAPTION = ChartStyle.font(Font.PLAIN, 11);

    private final List<BufferedImage> images = new ArrayList<>();
    private final List<String> captions = new ArrayList<>();
    private final int columns;
    private final int cell;

    /**
     * Starts a grid.
     *
     * @param columns the number of images in a row, at least 1
     * @param cell the nominal width and height of an image in points; images are scaled to fit
     */
    public ImageGrid(int columns, int cell) {
        if (columns < 1 || cell < 1) {
            throw new IllegalArgumentException(
                    "A grid needs a column and a size; found " + columns + " columns of " + cell + " points.");
        }
        this.columns = columns;
        this.cell = cell;
    }

    /**
     * Draws images in rows of four at most, each 160 points wide.
     *
     * @param images the images, at least one, of any sizes
     * @param captions a caption for each image, or none at all
     * @return the picture
     * @throws IllegalArgumentException if there is no image, or the number of captions is not that of the images
     */
    public static BufferedImage of(List<BufferedImage> images, List<String> captions) {
        return of(images, captions, Math.max(1, Math.min(4, images.size())));
    }

    /**
     * Draws images in rows, each 160 points wide.
     *
     * @param images the images, at least one, of any sizes
     * @param captions a caption for each image, or none at all
     * @param columns the number of images in a row
     * @return the picture
     * @throws IllegalArgumentException if there is no image, or the number of captions is not that of the images
     */
    public static BufferedImage of(List<BufferedImage> images, List<String> captions, int columns) {
        if (!captions.isEmpty() && captions.size() != images.size()) {
            throw new IllegalArgumentException("There are " + images.size() + " images and " + captions.size()
                    + " captions; give one for each image, or none.");
        }
        var grid = new ImageGrid(columns, 160);
        for (int i = 0; i < images.size(); i++) {
            grid.add(images.get(i), captions.isEmpty() ? "" : captions.get(i));
        }
        return grid.image();
    }

    /**
     * Draws rows of a data set with their first captions, six side by side at most; transparent images on white.
     *
     * @param dataset the data set
     * @param rows the numbers of the rows, at least one
     * @return the picture
     * @throws dev.text2image.io.InvalidInputException if an image cannot be read
     */
    public static BufferedImage of(CaptionedDataset dataset, int... rows) {
        var grid = new ImageGrid(Math.max(1, Math.min(6, rows.length)), 128);
        for (int row : rows) {
            BufferedImage image = Images.toBufferedImage(dataset.row(row).image(Transparency.ON_WHITE));
            grid.add(image, dataset.captions(row).get(0));
        }
        return grid.image();
    }

    /**
     * Appends an image.
     *
     * @param image the image, of any size
     * @param caption the text below it; long text is wrapped and then cut
     * @return this grid
     */
    public ImageGrid add(BufferedImage image, String caption) {
        images.add(image);
        captions.add(caption);
        return this;
    }

    /**
     * Draws the grid.
     *
     * @return the picture
     * @throws IllegalArgumentException if no image was added
     */
    public BufferedImage image() {
        if (images.isEmpty()) {
            throw new IllegalArgumentException("The grid has no images; add at least one.");
        }
        FontMetrics metrics = metrics();
        List<List<String>> texts = captions.stream()
                .map(c -> CaptionText.wrap(c, metrics, cell, MAX_CAPTION_LINES))
                .toList();
        int[] heights = rowHeights(texts, metrics);
        int width = GAP + Math.min(columns, images.size()) * (cell + GAP);
        int height = GAP;
        for (int row : heights) {
            height += row + GAP;
        }
        return HiDpi.draw(width, height, g -> paint(g, texts, heights));
    }

    private static FontMetrics metrics() {
        Graphics2D graphics = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics();
        try {
            graphics.setRenderingHint(RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
            return graphics.getFontMetrics(CAPTION);
        } finally {
            graphics.dispose();
        }
    }

    private int[] rowHeights(List<List<String>> texts, FontMetrics metrics) {
        var heights = new int[(images.size() + columns - 1) / columns];
        for (int i = 0; i < images.size(); i++) {
            int lines = texts.get(i).size();
            int text = lines == 0 ? 0 : CAPTION_GAP + lines * metrics.getHeight();
            heights[i / columns] = Math.max(heights[i / columns], cell + text);
        }
        return heights;
    }

    private void paint(Graphics2D graphics, List<List<String>> texts, int[] heights) {
        graphics.setFont(CAPTION);
        graphics.setColor(ChartStyle.INK);
        int y = GAP;
        for (int i = 0; i < images.size(); i++) {
            int x = GAP + i % columns * (cell + GAP);
            paintImage(graphics, images.get(i), x, y);
            paintText(graphics, texts.get(i), x, y + cell + CAPTION_GAP);
            if (i % columns == columns - 1) {
                y += heights[i / columns] + GAP;
            }
        }
    }

    private void paintImage(Graphics2D graphics, BufferedImage image, int x, int y) {
        double scale = Math.min((double) cell / image.getWidth(), (double) cell / image.getHeight());
        int width = Math.max(1, (int) Math.round(image.getWidth() * scale));
        int height = Math.max(1, (int) Math.round(image.getHeight() * scale));
        // Small images, such as those of a tiny model, show their pixels; large ones are made smaller without jags.
        boolean enlarged = scale * HiDpi.SCALE >= 1;
        graphics.setRenderingHint(
                RenderingHints.KEY_INTERPOLATION,
                enlarged
                        ? RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR
                        : RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        graphics.drawImage(image, x + (cell - width) / 2, y + (cell - height) / 2, width, height, null);
    }

    private void paintText(Graphics2D graphics, List<String> lines, int x, int top) {
        FontMetrics metrics = graphics.getFontMetrics();
        float baseline = top + metrics.getAscent();
        for (String line : lines) {
            float width = (float) metrics.getStringBounds(line, graphics).getWidth();
            graphics.drawString(line, x + (cell - width) / 2, baseline);
            baseline += metrics.getHeight();
        }
    }
}
