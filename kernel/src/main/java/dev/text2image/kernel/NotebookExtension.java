package dev.text2image.kernel;

import dev.text2image.kernel.magics.Magics;
import dev.text2image.kernel.views.Renderers;
import dev.text2image.notebook.Notebook;
import dev.text2image.notebook.SecretPrompt;
import dev.text2image.plots.ChartListener;
import dev.text2image.plots.LiveChart;
import dev.text2image.progress.Progress;
import dev.text2image.progress.ProgressListener;
import org.dflib.jjava.jupyter.Extension;
import org.dflib.jjava.jupyter.kernel.BaseKernel;

/** Prepares a JJava kernel for the notebooks; JJava finds it as a service. */
public final class NotebookExtension implements Extension {
    /** Creates the extension. */
    public NotebookExtension() {}

    @Override
    public void install(BaseKernel kernel) {
        Renderers.register(kernel.getRenderer());
        Slot.setAvailable(true);
        Progress.setDefaultListener(new NotebookProgress());
        LiveChart.setDefaultListener(new NotebookCharts());
        // JJava's own kernel has no question whose answer is hidden.
        Notebook.setSecretPrompt(kernel.getIO() instanceof SecretPrompt prompt ? prompt : SecretPrompt.NOBODY);
        Magics.register(kernel.getMagicsRegistry());
        Imports.add(kernel);
    }

    @Override
    public void uninstall(BaseKernel kernel) {
        Slot.setAvailable(false);
        Progress.setDefaultListener(ProgressListener.SILENT);
        LiveChart.setDefaultListener(ChartListener.SILENT);
        Notebook.setSecretPrompt(SecretPrompt.NOBODY);
    }
}
