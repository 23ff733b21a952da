package dev.text2image.kernel.repl;

import dev.text2image.kernel.magics.KnownMagics;
import dev.text2image.kernel.repl.replies.CellConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dflib.jjava.jupyter.kernel.KernelConnectionProperties;
import org.dflib.jjava.jupyter.kernel.magic.LineMagic;
import org.dflib.jjava.jupyter.kernel.magic.MagicsRegistry;
import org.dflib.jjava.kernel.JavaKernel;
import org.dflib.jjava.kernel.magics.LoadMagic;
import org.dflib.jjava.kernel.magics.TimeMagic;
import org.dflib.jjava.maven.MavenDependencyResolver;
import org.dflib.jjava.maven.magics.LoadFromPomCellMagic;
import org.dflib.jjava.maven.magics.LoadFromPomLineMagic;
import org.dflib.jjava.maven.magics.MavenRepoMagic;

/** Starts the kernel: {@code Main CONNECTION_FILE}. */
public final class Main {
    private Main() {}

    /**
     * Runs the kernel until Jupyter shuts it down.
     *
     * @param arguments the connection file that Jupyter has written
     * @throws Exception if the file cannot be read or the connection fails
     */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 1) {
            throw new IllegalArgumentException("One argument is needed, Jupyter's connection file.");
        }
        var connection = new CellConnection(KernelConnectionProperties.parse(read(Path.of(arguments[0]))));
        NotebookKernel kernel = NotebookKernel.of(magics());
        kernel.onStartup();
        kernel.becomeHandlerForConnection(connection);
        endWithParent();
        connection.connect();
        connection.waitUntilClose();
    }

    /** Ends this process when the one that started it has ended, so that a killed Jupyter leaves no JVM behind. */
    private static void endWithParent() {
        String parent = System.getenv("JPY_PARENT_PID");
        if (parent != null && parent.matches("[1-9]\\d*")) {
            ProcessHandle.of(Long.parseLong(parent)).ifPresent(process -> {
                var watch = new Thread(() -> haltAfter(process), "end-with-parent");
                watch.setDaemon(true);
                watch.start();
            });
        }
    }

    private static void haltAfter(ProcessHandle process) {
        process.onExit().join();
        Runtime.getRuntime().halt(1);
    }

    private static String read(Path connectionFile) throws IOException {
        return Files.readString(connectionFile);
    }

    /** JJava's magics, of which those that add libraries say more here. */
    static MagicsRegistry magics() {
        var magics = new KnownMagics();
        var time = new TimeMagic();
        var maven = new MavenDependencyResolver();
        var libraries = new Libraries(maven);
        magics.registerLineMagic("load", new LoadMagic());
        LineMagic<Void, JavaKernel> classpath = libraries::classpath;
        magics.registerLineMagic("classpath", classpath);
        magics.registerLineMagic("time", time);
        magics.registerCellMagic("time", time);
        LineMagic<Void, JavaKernel> byMaven = libraries::maven;
        magics.registerLineMagic("maven", byMaven);
        magics.registerLineMagic("mavenRepo", new MavenRepoMagic(maven));
        magics.registerLineMagic("loadFromPOM", new LoadFromPomLineMagic(maven));
        magics.registerCellMagic("loadFromPOM", new LoadFromPomCellMagic(maven));
        return magics;
    }
}
