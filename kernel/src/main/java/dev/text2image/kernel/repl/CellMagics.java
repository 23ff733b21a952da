package dev.text2image.kernel.repl;

import java.util.regex.Matcher;
import org.dflib.jjava.jupyter.kernel.magic.MagicTranspiler;
import org.dflib.jjava.jupyter.kernel.magic.MagicsResolver;

/** JJava's magics, but none in text blocks, whose lines may start with a percent sign. */
final class CellMagics extends MagicsResolver {
    private static final String CELL_MAGIC = "%%";
    /** Of Unicode's private use area, so that no code has it. */
    private static final char PERCENT = '\uE000';

    CellMagics() {
        // JJava's own pattern takes the blank lines before a magic away, after which lines would be counted wrongly.
        super("(?<=(?:^|=))[ \\t]*%", CELL_MAGIC, new MagicTranspiler());
    }

    @Override
    public String resolve(String cell) {
        if (cell.startsWith(CELL_MAGIC)) {
            return super.resolve(cell); // what it holds is resolved when the magic evaluates it
        }
        String masked = Brackets.TOKEN
                .matcher(cell)
                .replaceAll(token -> Matcher.quoteReplacement(
                        token.group().startsWith("\"\"\"") ? token.group().replace('%', PERCENT) : token.group()));
        return super.resolve(masked).replace(PERCENT, '%');
    }
}
