package dev.text2image.pipelines;

/** Watches a run, and changes it: called after each call of the UNet (diffusers' {@code callback_on_step_end}). */
@FunctionalInterface
public interface StepCallback {
    /** Lets the run go on as it is. */
    StepCallback NONE = step -> step;

    /**
     * Looks at the run.
     *
     * @param step how far the run has come; its arrays are valid until this method returns
     * @return {@code step} to go on, or a changed one, for example {@code step.withLatents(...)} or {@code step.stop()}
     */
    DenoisingStep afterStep(DenoisingStep step);
}
