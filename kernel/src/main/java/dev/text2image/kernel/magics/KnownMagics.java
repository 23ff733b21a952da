package dev.text2image.kernel.magics;

import dev.text2image.io.InvalidInputException;
import dev.text2image.io.NearestName;
import java.util.List;
import java.util.Set;
import org.dflib.jjava.jupyter.kernel.BaseKernel;
import org.dflib.jjava.jupyter.kernel.magic.MagicsRegistry;

/** JJava's registry of magics, with an error for an unknown name that says which was meant. */
@SuppressWarnings("TypeParameterUnusedInFormals") // as JJava declares them
public final class KnownMagics extends MagicsRegistry {
    /** Creates a registry without magics. */
    public KnownMagics() {}

    @Override
    public <T, K extends BaseKernel> T evalLineMagic(K kernel, String name, List<String> args) throws Exception {
        check(name, "%", getLineMagicNames(), "%%", getCellMagicNames());
        return super.evalLineMagic(kernel, name, args);
    }

    @Override
    public <T, K extends BaseKernel> T evalCellMagic(K kernel, String name, List<String> args, String body)
            throws Exception {
        check(name, "%%", getCellMagicNames(), "%", getLineMagicNames());
        return super.evalCellMagic(kernel, name, args, body);
    }

    private static void check(String name, String sign, Set<String> known, String otherSign, Set<String> others) {
        if (known.contains(name)) {
            return;
        }
        String unknown = "There is no magic " + sign + name;
        if (others.contains(name)) {
            throw new InvalidInputException(unknown + ", but " + otherSign + name
                    + (sign.equals("%")
                            ? ": it takes the lines below it, so it stands in the first line of a cell."
                            : " for a line of its own."));
        }
        String suggestion = NearestName.suggestion(name, sign, known);
        throw new InvalidInputException(unknown + suggestion + " %help lists all.");
    }
}
