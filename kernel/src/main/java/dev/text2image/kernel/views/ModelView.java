package dev.text2image.kernel.views;

import dev.text2image.models.ModelSummary;
import dev.text2image.models.PretrainedModel;
import dev.text2image.nn.Weights;
import dev.text2image.pipelines.PipelineSummary;
import java.util.Locale;

/** Models and pipelines as tables of their parts. */
final class ModelView {
    private ModelView() {}

    static Html of(PretrainedModel model) {
        return of(model.summary());
    }

    static Html of(ModelSummary summary) {
        var sheet = new Sheet(summary.model())
                .left("block")
                .left("output")
                .right("tensors")
                .right("parameters")
                .right("share");
        int tensors = 0;
        for (ModelSummary.Block block : summary.blocks()) {
            tensors += block.tensors();
            sheet.row(
                    block.name(),
                    block.output(),
                    Values.format("%,d", block.tensors()),
                    Values.format("%,d", block.parameters()),
                    Values.format("%.1f %%", 100.0 * block.parameters() / summary.parameters()));
        }
        sheet.total("in all", "", Values.format("%,d", tensors), Values.format("%,d", summary.parameters()), "");
        return sheet.note("weights in " + format(summary) + " on " + summary.device())
                .html();
    }

    private static String format(ModelSummary summary) {
        return summary.format().name().toLowerCase(Locale.ROOT);
    }

    static Html of(PipelineSummary summary) {
        var sheet = new Sheet("StableDiffusionPipeline")
                .left("part")
                .left("class")
                .right("parameters")
                .left("weights")
                .left("output");
        for (PipelineSummary.Model model : summary.models()) {
            ModelSummary part = model.summary();
            sheet.row(
                    model.name(),
                    part.model(),
                    Values.format("%,d", part.parameters()),
                    format(part) + " on " + part.device(),
                    part.blocks().get(part.blocks().size() - 1).output());
        }
        return sheet.row("tokenizer", "CLIPTokenizer", "", "", summary.tokenizer())
                .row("scheduler", summary.scheduler(), "", "", "")
                .total("in all", "", Values.format("%,d", summary.parameters()), "", "")
                .html();
    }

    static Html of(Weights weights) {
        return Sheet.ofValues("Weights")
                .row("memory", Values.bytes(weights.bytes()))
                .row("format", weights.format().name().toLowerCase(Locale.ROOT))
                .row("device", ArrayView.device(weights.device()))
                .html();
    }
}
