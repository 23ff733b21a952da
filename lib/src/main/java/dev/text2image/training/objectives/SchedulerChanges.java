package dev.text2image.training.objectives;

import dev.text2image.io.InvalidInputException;
import dev.text2image.schedulers.PredictionType;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.SchedulerConfigBuilder;
import dev.text2image.schedulers.TimestepSpacing;
import dev.text2image.schedulers.samplers.DDIMScheduler;
import dev.text2image.schedulers.samplers.PNDMScheduler;
import org.jspecify.annotations.Nullable;

/**
 * What a run changes about the noise of its base model, in training as in sampling afterwards.
 *
 * @param predictionType what the UNet is trained to predict, or null for what it predicts already
 * @param rescaleBetasZeroSnr whether nothing of the image is left at the last timestep (Lin et al., 2023, section 3.1)
 */
public record SchedulerChanges(@Nullable PredictionType predictionType, boolean rescaleBetasZeroSnr) {
    /**
     * Makes the scheduler configuration of the trained model.
     *
     * <p>A zero terminal SNR brings trailing timesteps, so that sampling starts where nothing of an image is left (section 3.3), and
     * DDIM in the place of PNDM, which divides by what is left.
     *
     * @param base that of the base model
     * @return the changed configuration; equal to the base model's if nothing changes
     * @throws InvalidInputException if the model could not be sampled: noise says nothing about an image where nothing else is left
     */
    public SchedulerConfig applyTo(SchedulerConfig base) {
        SchedulerConfigBuilder changed = base.toBuilder();
        if (predictionType != null) {
            changed.predictionType(predictionType);
        }
        if (rescaleBetasZeroSnr) {
            changed.rescaleBetasZeroSnr(true).timestepSpacing(TimestepSpacing.TRAILING);
            if (PNDMScheduler.CLASS_NAME.equals(base.className())) {
                changed.className(DDIMScheduler.CLASS_NAME);
            }
        }
        SchedulerConfig result = changed.build();
        if (rescaleBetasZeroSnr && result.predictionType() == PredictionType.EPSILON) {
            throw new InvalidInputException(
                    "rescale_betas_zero_snr is on and prediction_type is epsilon, but such a model"
                            + " cannot be sampled: its first step would divide by zero. Set prediction_type to v_prediction.");
        }
        return result;
    }
}
