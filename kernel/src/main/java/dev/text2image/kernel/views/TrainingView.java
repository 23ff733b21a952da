package dev.text2image.kernel.views;

import dev.text2image.schedulers.NoiseSchedule;
import dev.text2image.schedulers.Scheduler;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.config.TrainingSetting;
import dev.text2image.training.planning.TrainingEstimate;
import dev.text2image.training.planning.TrainingPlan;
import java.util.List;
import tech.tablesaw.api.Row;

/** Configurations, plans and schedules as tables of names and values. */
final class TrainingView {
    private static final int SHOWN_TIMESTEPS = 5;

    private TrainingView() {}

    /** What differs from the defaults, and the rest folded away. */
    static Html of(TrainingConfig config) {
        List<TrainingSetting> settings = config.settings();
        Html changed = sheet("TrainingConfig", settings, true).html();
        long rest = settings.stream().filter(setting -> !setting.changed()).count();
        Html others = sheet("", settings, false).html();
        String summary = Values.format("%,d more at their defaults", rest);
        return new Html(
                changed.html() + "<details><summary>" + summary + "</summary>" + others.html() + "</details>",
                changed.text() + "\n" + summary + "\n" + others.text().indent(2).stripTrailing());
    }

    private static Sheet sheet(String title, List<TrainingSetting> settings, boolean changed) {
        var sheet = Sheet.ofValues(title);
        settings.stream()
                .filter(setting -> setting.changed() == changed)
                .forEach(setting -> sheet.row(setting.flag().name(), value(setting)));
        return sheet;
    }

    private static String value(TrainingSetting setting) {
        if (setting.value().isEmpty()) {
            return "not set";
        }
        Class<?> type = setting.flag().type();
        boolean real = type == double.class || type == Double.class;
        return real ? Values.number(Double.parseDouble(setting.value())) : setting.value();
    }

    static Html of(TrainingEstimate estimate) {
        var sheet = Sheet.ofValues("TrainingEstimate");
        for (Row row : estimate.table()) {
            sheet.row(row.getString("what").strip(), row.getString("value").strip());
        }
        return sheet.html();
    }

    static Html of(TrainingPlan plan) {
        return RecordView.sheet(plan)
                .row("stepsPerEpoch", String.valueOf(plan.stepsPerEpoch()))
                .row("epochs", String.valueOf(plan.epochs()))
                .html();
    }

    static Html of(Scheduler scheduler) {
        return RecordView.sheet(scheduler.config()).html();
    }

    /** The schedule at some timesteps, the first and the last among them. */
    static Html of(NoiseSchedule schedule) {
        var sheet = new Sheet("NoiseSchedule")
                .right("timestep")
                .right("beta")
                .right("alphaCumprod")
                .right("SNR");
        float[] betas = schedule.betas();
        for (int i = 0; i < SHOWN_TIMESTEPS; i++) {
            int t = (int) ((long) i * (schedule.size() - 1) / (SHOWN_TIMESTEPS - 1));
            sheet.row(
                    String.valueOf(t),
                    Values.number(betas[t]),
                    Values.number(schedule.alphaCumprod(t)),
                    Values.number(schedule.snr(t)));
        }
        return sheet.note(Values.count(schedule.size(), "timestep")).html();
    }
}
