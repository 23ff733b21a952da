package dev.text2image.training.config;

import dev.text2image.io.InvalidInputException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects what is wrong with a configuration, to report it at once. */
final class TrainingConfigCheck {
    private final List<String> problems = new ArrayList<>();

    void require(boolean holds, String flag, Object value, String expected) {
        if (!holds) {
            problems.add(flag + " is " + value + ", but must be " + expected);
        }
    }

    void notBlank(String flag, String value) {
        if (value.isBlank()) {
            problems.add(flag + " is missing");
        }
    }

    void atLeast(String flag, int value, int least) {
        require(value >= least, flag, value, "at least " + least);
    }

    void optionalAtLeast(String flag, @Nullable Integer value, int least) {
        if (value != null) {
            atLeast(flag, value, least);
        }
    }

    void positive(String flag, double value) {
        require(value > 0 && Double.isFinite(value), flag, value, "a number above 0");
    }

    void optionalPositive(String flag, @Nullable Double value) {
        if (value != null) {
            require(value > 0 && Double.isFinite(value), flag, value, "above 0; leave it out to switch it off");
        }
    }

    void within(String flag, double value, double least, double most) {
        require(value >= least && value <= most, flag, value, "from " + least + " to " + most);
    }

    void oneOf(String flag, String value, List<String> choices) {
        int last = choices.size() - 1;
        String expected = String.join(", ", choices.subList(0, last)) + " or " + choices.get(last);
        require(choices.contains(value), flag, value, expected);
    }

    void devices(String device, int processes) {
        int count = device.split(",").length;
        boolean named = count > 1 || device.contains(":");
        require(!named || processes == count, "num_processes", processes, "the number of devices in '" + device + "'");
    }

    void learningRate(double rate, @Nullable Double ofTextEncoder, int warmupSteps, int cycles, double power) {
        positive("learning_rate", rate);
        optionalPositive("text_encoder_lr", ofTextEncoder);
        atLeast("lr_warmup_steps", warmupSteps, 0);
        atLeast("lr_num_cycles", cycles, 1);
        positive("lr_power", power);
    }

    void optimizer(double beta1, double beta2, double weightDecay, double epsilon, double maxGradNorm) {
        within("adam_beta1", beta1, 0, Math.nextDown(1.0));
        within("adam_beta2", beta2, 0, Math.nextDown(1.0));
        within("adam_weight_decay", weightDecay, 0, 1);
        positive("adam_epsilon", epsilon);
        positive("max_grad_norm", maxGradNorm);
    }

    void average(double decay, double minDecay, int updateAfterStep, double invGamma, double power) {
        within("ema_decay", decay, 0, 1);
        within("ema_min_decay", minDecay, 0, decay);
        atLeast("ema_update_after_step", updateAfterStep, 0);
        positive("ema_inv_gamma", invGamma);
        positive("ema_power", power);
    }

    /** Tries to make something of the values, which says itself what is wrong with them. */
    void accepts(Runnable attempt) {
        try {
            attempt.run();
        } catch (InvalidInputException e) {
            problems.add(String.valueOf(e.getMessage()).replaceFirst("\\.$", ""));
        }
    }

    void finish() {
        if (!problems.isEmpty()) {
            throw new InvalidInputException(
                    "The hyper-parameters cannot be used: " + String.join("; ", problems) + ".");
        }
    }
}
