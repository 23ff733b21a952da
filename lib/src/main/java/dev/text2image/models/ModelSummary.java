package dev.text2image.models;

import dev.text2image.nn.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A model by its blocks, to look at: {@code unet.summary()}.
 *
 * @param model the model's class
 * @param blocks the blocks in the order of a pass, equal ones in a row as one
 * @param format the number format of the weights
 * @param device where they are kept
 */
public record ModelSummary(String model, List<Block> blocks, Precision format, String device) {
    /** Copies the list. */
    public ModelSummary {
        blocks = List.copyOf(blocks);
    }

    /**
     * One block, or several equal ones.
     *
     * @param name the start of its keys in the weight file, for example {@code "down_blocks.0"} or {@code "layers.0-11"}
     * @param output the shape of its output for the model's usual input; b is the batch
     * @param tensors how many parameters it has
     * @param parameters how many numbers they hold
     */
    public record Block(String name, String output, int tensors, long parameters) {}

    /**
     * Counts the numbers in all parameters.
     *
     * @return the parameter count
     */
    public long parameters() {
        return blocks.stream().mapToLong(Block::parameters).sum();
    }

    /** Joins equal blocks that follow each other. */
    static ModelSummary of(String model, List<Block> blocks, Precision format, String device) {
        return new ModelSummary(model, joinEqual(blocks), format, device);
    }

    private static List<Block> joinEqual(List<Block> blocks) {
        List<Block> joined = new ArrayList<>();
        for (int i = 0; i < blocks.size(); ) {
            int end = i + 1;
            while (end < blocks.size() && equal(blocks.get(i), blocks.get(end))) {
                end++;
            }
            joined.add(join(blocks.subList(i, end)));
            i = end;
        }
        return joined;
    }

    private static boolean equal(Block a, Block b) {
        return series(a).equals(series(b))
                && a.output.equals(b.output)
                && a.tensors == b.tensors
                && a.parameters == b.parameters;
    }

    /** The name without its number. */
    private static String series(Block block) {
        return block.name.replaceAll("\\.\\d+$", "");
    }

    private static Block join(List<Block> equal) {
        Block first = equal.get(0);
        int count = equal.size();
        if (count == 1) {
            return first;
        }
        String end = equal.get(count - 1).name.substring(series(first).length() + 1);
        return new Block(first.name + "-" + end, first.output, count * first.tensors, count * first.parameters);
    }

    /**
     * Lists the blocks.
     *
     * @return aligned lines, the total last
     */
    @Override
    public String toString() {
        int name = blocks.stream().mapToInt(block -> block.name.length()).max().orElse(0);
        int shape =
                blocks.stream().mapToInt(block -> block.output.length()).max().orElse(0);
        StringBuilder text = new StringBuilder(model);
        String line = "%n  %-" + Math.max(1, name) + "s  %-" + Math.max(1, shape) + "s  %,15d";
        for (Block block : blocks) {
            text.append(String.format(Locale.ROOT, line, block.name, block.output, block.parameters));
        }
        return text.append(String.format(Locale.ROOT, line, "in all", "", parameters()))
                .toString();
    }
}
