package dev.text2image.plots;

import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/** Puts images side by side, with a caption below each and before each row, into one picture. */
public final class ImageGrid {
    private static final int GAP = 12;
    private static final int CAPTION_GAP = 6;
    private static final int MAX_CAPTION_LINES = 3;
    private static final int MAX_WIDTH = 900;
    private static final int MAX_CELL = 160;
    private static final int MIN_CELL = 48;
    private static final int MAX_ROW_CAPTION = 110;
    private static final int LONGEST_DESCRIPTION = 500;
    private static final Font CAPTION = ChartStyle.font(Font.PLAIN, 11);

    private final List<BufferedImage> images = new ArrayList<>();
    private final List<String> captions = new ArrayList<>();
    private List<String> rowCaptions = List.of();
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
        return of(images, captions, defaultColumns(images.size()));
    }

    /**
     * Draws images in rows, each 160 points wide, or less so that a row fits a page.
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
        var grid = new ImageGrid(columns, cellFor(columns, MAX_WIDTH));
        for (int i = 0; i < images.size(); i++) {
            grid.add(images.get(i), captions.isEmpty() ? "" : captions.get(i));
        }
        return grid.image();
    }

    /** Starts a grid with captions before its rows, as many as there will be rows. */
    static ImageGrid withRowCaptions(List<String> rowCaptions, int columns) {
        var grid = new ImageGrid(columns, cellFor(columns, MAX_WIDTH - MAX_ROW_CAPTION - GAP));
        grid.rowCaptions = List.copyOf(rowCaptions);
        return grid;
    }

    static int defaultColumns(int images) {
        return Math.max(1, Math.min(4, images));
    }

    private static int cellFor(int columns, int width) {
        int fitting = (width - GAP) / Math.max(1, columns) - GAP;
        return Math.max(MIN_CELL, Math.min(MAX_CELL, fitting));
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
        int left = left(metrics);
        int width = left + Math.min(columns, images.size()) * (cell + GAP);
        int height = GAP;
        for (int row : heights) {
            height += row + GAP;
        }
        return HiDpi.draw(width, height, description(), g -> paint(g, texts, heights, left));
    }

    /** Where the images start. */
    private int left(FontMetrics metrics) {
        int widest = rowCaptions.stream()
                .flatMap(caption -> rowLines(caption, metrics).stream())
                .mapToInt(metrics::stringWidth)
                .max()
                .orElse(-GAP);
        return widest + 2 * GAP;
    }

    private static List<String> rowLines(String caption, FontMetrics metrics) {
        return CaptionText.wrap(caption, metrics, MAX_ROW_CAPTION, MAX_CAPTION_LINES);
    }

    private String description() {
        List<String> texts = new ArrayList<>(rowCaptions);
        captions.stream().filter(caption -> !caption.isBlank()).forEach(texts::add);
        String count = images.size() == 1 ? "1 image" : images.size() + " images";
        String all = texts.isEmpty() ? count : count + ": " + String.join(", ", texts);
        return all.length() <= LONGEST_DESCRIPTION
                ? all
                : all.substring(0, all.offsetByCodePoints(LONGEST_DESCRIPTION, -1)) + "…";
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

    private void paint(Graphics2D graphics, List<List<String>> texts, int[] heights, int left) {
        graphics.setFont(CAPTION);
        graphics.setColor(ChartStyle.INK);
        int y = GAP;
        for (int i = 0; i < images.size(); i++) {
            int x = left + i % columns * (cell + GAP);
            if (i % columns == 0 && i / columns < rowCaptions.size()) {
                paintRowCaption(graphics, rowCaptions.get(i / columns), left - GAP, y);
            }
            paintImage(graphics, images.get(i), x, y);
            int below = y + cell + CAPTION_GAP + graphics.getFontMetrics().getAscent();
            paintLines(graphics, texts.get(i), line -> x + (cell - line) / 2, below);
            if (i % columns == columns - 1) {
                y += heights[i / columns] + GAP;
            }
        }
    }

    /** Right-aligned, in the middle of the row's images. */
    private void paintRowCaption(Graphics2D graphics, String caption, int right, int top) {
        FontMetrics metrics = graphics.getFontMetrics();
        List<String> lines = rowLines(caption, metrics);
        float baseline = top + (cell - lines.size() * metrics.getHeight()) / 2f + metrics.getAscent();
        paintLines(graphics, lines, line -> right - line, baseline);
    }

    /** Lines below each other; {@code left} gives the place of a line from its width. */
    private static void paintLines(
            Graphics2D graphics, List<String> lines, DoubleUnaryOperator left, float firstBaseline) {
        FontMetrics metrics = graphics.getFontMetrics();
        float baseline = firstBaseline;
        for (String line : lines) {
            double width = metrics.getStringBounds(line, graphics).getWidth();
            graphics.drawString(line, (float) left.applyAsDouble(width), baseline);
            baseline += metrics.getHeight();
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
}
