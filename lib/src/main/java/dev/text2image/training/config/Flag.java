package dev.text2image.training.config;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Describes a hyper-parameter where it is declared. The command line, its help, the table of flags in the documentation and the JSON
 * form are all made from it; {@code snrGamma} becomes {@code --snr_gamma}.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
@interface Flag {
    /** What the hyper-parameter does: a phrase in lower case without a full stop. */
    String value();

    /** Where it stands in the help. */
    Group group();

    /** The default as it is typed on the command line; empty for none. */
    String defaultValue() default "";

    /** The value that the bare flag stands for, if it may have one and need not; empty if it must have one. */
    String bareValue() default "";

    /** The parts of the help, in their order. */
    enum Group {
        MODEL("Model"),
        DATA("Data"),
        RUN("Run"),
        LEARNING_RATE("Learning rate"),
        OPTIMIZER("Optimizer"),
        OBJECTIVE("Objective"),
        LORA("LoRA: any of these trains low-rank adapters instead of the models' weights"),
        EMA("Moving average"),
        MEMORY("Memory and speed"),
        CHECKPOINTS("Checkpoints"),
        VALIDATION("Validation and records"),
        HUB("Hugging Face hub");

        private final String title;

        Group(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }
    }
}
