package dev.text2image.kernel.magics;

import dev.text2image.io.InvalidInputException;
import dev.text2image.kernel.views.Abridged;
import dev.text2image.kernel.views.Html;
import dev.text2image.kernel.views.MachineView;
import dev.text2image.kernel.views.SessionVariables;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import org.dflib.jjava.jupyter.kernel.BaseKernel;
import org.dflib.jjava.jupyter.kernel.magic.CellMagic;
import org.dflib.jjava.jupyter.kernel.magic.LineMagic;
import org.dflib.jjava.jupyter.kernel.magic.MagicsRegistry;
import org.jspecify.annotations.Nullable;

/** The line magics that the notebooks have beside JJava's own; each shows a table. */
public final class Magics {
    /**
     * What {@code %help} lists of a magic or helper.
     *
     * @param use how it is written
     * @param meaning what it does
     */
    record Entry(String use, String meaning) {}

    /** The magics of this class and of JJava. */
    static final List<Entry> MAGICS = List.of(
            new Entry("%help", "this list"),
            new Entry("%who", "the variables of this session: type, size, value"),
            new Entry("%memory", "Java heap, native memory, device memory"),
            new Entry("%device", "where tensors are computed: device, threads, number formats"),
            new Entry("%env", "all environment variables; %env NAME shows one, %env NAME=VALUE sets it"),
            new Entry("%time EXPRESSION, %%time", "how long an expression or a cell takes"),
            new Entry("%shell COMMAND, %%shell", "runs commands of the system's shell; also %%bash, %%sh and !COMMAND"),
            new Entry("%%html", "shows the HTML below it"),
            new Entry("%maven group:artifact:version", "adds a library from Maven Central"),
            new Entry("%classpath FILE", "adds a jar or a directory"),
            new Entry("%load FILE", "runs the code in a file"));

    private Magics() {}

    /**
     * Registers the magics of this project.
     *
     * @param registry the magics of the kernel
     */
    public static void register(MagicsRegistry registry) {
        line(registry, "help", arguments -> Help.show());
        line(registry, "env", Environment::run);
        line(registry, "memory", arguments -> MachineView.memory());
        line(registry, "device", arguments -> MachineView.device());
        LineMagic<Html, BaseKernel> who = (kernel, arguments) -> SessionVariables.show(kernel);
        registry.registerLineMagic("who", who);
        CellMagic<Html, BaseKernel> html = (kernel, arguments, body) -> new Html(body, Abridged.text(body));
        registry.registerCellMagic("html", html);
        shell(registry);
    }

    private static void shell(MagicsRegistry registry) {
        for (String name : List.of("shell", "bash", "sh")) {
            LineMagic<Object, BaseKernel> line = (kernel, arguments) -> run(String.join(" ", arguments));
            registry.registerLineMagic(name, line);
            CellMagic<Object, BaseKernel> cell = (kernel, arguments, body) -> {
                if (!arguments.isEmpty()) {
                    throw new InvalidInputException(
                            "%%" + name + " has nothing beside it; the commands stand below it.");
                }
                return run(body);
            };
            registry.registerCellMagic(name, cell);
        }
    }

    private static @Nullable Object run(String commands) throws IOException, InterruptedException {
        Shell.run(commands);
        return null;
    }

    private static void line(MagicsRegistry registry, String name, Function<List<String>, Html> magic) {
        LineMagic<Html, BaseKernel> lineMagic = (kernel, arguments) -> magic.apply(arguments);
        registry.registerLineMagic(name, lineMagic);
    }
}
