package dev.text2image.schedulers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchedulerConfigTest {
    private static JsonObject json(String text) {
        return JsonParser.parseString(text).getAsJsonObject();
    }

    @Test
    void theFileOfStableDiffusionIsRead() {
        SchedulerConfig config = SchedulerConfig.fromJson(json("""
                {"_class_name": "PNDMScheduler", "_diffusers_version": "0.6.0", "beta_end": 0.012,
                 "beta_schedule": "scaled_linear", "beta_start": 0.00085, "num_train_timesteps": 1000,
                 "set_alpha_to_one": false, "skip_prk_steps": true, "steps_offset": 1, "trained_betas": null,
                 "clip_sample": false, "something_new": [1]}"""));
        assertThat(config).isEqualTo(SchedulerConfig.stableDiffusion());
        assertThat(config.timestepSpacing()).isNull();
        assertThat(Schedulers.from(config)).isInstanceOf(PNDMScheduler.class);
    }

    @Test
    void anEmptyFileHasTheDefaultsOfTheHub() {
        assertThat(SchedulerConfig.fromJson(new JsonObject()))
                .isEqualTo(SchedulerConfig.builder().build());
    }

    @Test
    void whatIsWrittenIsReadBack() {
        SchedulerConfig config = SchedulerConfig.stableDiffusion().toBuilder()
                .numTrainTimesteps(2)
                .trainedBetas(Collections.nCopies(2, 0.1))
                .predictionType(PredictionType.V_PREDICTION)
                .varianceType(VarianceType.FIXED_LARGE)
                .timestepSpacing(TimestepSpacing.TRAILING)
                .clipSample(true)
                .clipSampleRange(2.5)
                .rescaleBetasZeroSnr(true)
                .option("use_karras_sigmas", true)
                .option("final_sigmas_type", "sigma_min")
                .build();
        assertThat(SchedulerConfig.fromJson(json(config.toJson().toString()))).isEqualTo(config);
    }

    @Test
    void aFieldThatTheFileDoesNotHaveKeepsTheDefaultOfEachClass() {
        SchedulerConfig config = SchedulerConfig.fromJson(json("{\"_class_name\": \"PNDMScheduler\"}"));
        assertThat(config.toJson().has("set_alpha_to_one")).isFalse();
        assertThat(DDIMScheduler.from(config).variance(1, -1)).isZero();
        assertThat(DDIMScheduler.from(config.toBuilder().setAlphaToOne(false).build())
                        .variance(1, -1))
                .isPositive();
    }

    @Test
    void trainingBuildsDdpmFromTheFileOfAnyClass() {
        SchedulerConfig config = SchedulerConfig.fromJson(json("{\"_class_name\": \"DEISMultistepScheduler\"}"));
        assertThat(DDPMScheduler.from(config).config().className()).isEqualTo("DDPMScheduler");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Schedulers.from(config))
                .withMessageContaining("DEISMultistepScheduler")
                .withMessageContaining("DDPMScheduler, DDIMScheduler, PNDMScheduler");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "beta_schedule | \"cosine\" | linear, scaled_linear, squaredcos_cap_v2, sigmoid, laplace",
                "prediction_type | \"flow\" | epsilon, sample, v_prediction",
                "variance_type | \"learned_range\" | fixed_small, fixed_small_log, fixed_large",
                "timestep_spacing | \"karras\" | linspace, leading, trailing",
                "thresholding | true | set it to false",
                "clip_sample | \"no\" | true or false",
                "beta_start | \"0.1\" | a number",
                "beta_start | 1.5 | from 0 to below 1",
                "num_train_timesteps | 0 | from 1 to 1000000",
                "num_train_timesteps | 2147483647 | from 1 to 1000000",
                "num_train_timesteps | 10.5 | a whole number",
                "steps_offset | -1 | at least 0",
                "clip_sample_range | 0 | above 0",
                "trained_betas | [0.1, 0.2] | num_train_timesteps, 1000",
                "trained_betas | [\"x\"] | an array of numbers",
                "trained_betas | 0.1 | an array of numbers"
            })
    void anUnsupportedValueIsNamed(String field, String value, String expected) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SchedulerConfig.fromJson(json("{\"" + field + "\": " + value + "}")))
                .withMessageContaining(field)
                .withMessageContaining(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "use_karras_sigmas | 1 | true or false",
                "sigma_max | \"14\" | a number",
                "final_sigmas_type | \"one\" | zero, sigma_min",
                "interpolation_type | \"cubic\" | linear, log_linear",
                "timestep_type | \"odd\" | discrete, continuous",
                "use_beta_sigmas | true, \"use_karras_sigmas\": true | set one of them to false"
            })
    void anUnsupportedOptionIsNamedByTheSamplerThatReadsIt(String field, String value, String expected) {
        SchedulerConfig config = SchedulerConfig.fromJson(json("{\"" + field + "\": " + value + "}"));
        assertThat(DDIMScheduler.from(config).config().toJson().has(field)).isTrue();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EulerDiscreteScheduler.from(config))
                .withMessageContaining(field)
                .withMessageContaining(expected);
    }

    @Test
    void combinationsThatASamplerCannotDoAreRefused() {
        SchedulerConfig config = SchedulerConfig.stableDiffusion();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PNDMScheduler.from(
                        config.toBuilder().predictionType(PredictionType.SAMPLE).build()))
                .withMessageContaining("prediction_type");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PNDMScheduler.from(
                        config.toBuilder().rescaleBetasZeroSnr(true).build()))
                .withMessageContaining("rescale_betas_zero_snr");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DDIMScheduler.from(config.toBuilder()
                        .betas(BetaSchedule.SIGMOID, 0.01, 0.02)
                        .build()))
                .withMessageContaining("sigmoid");
    }
}
