package dev.text2image.schedulers.samplers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.text2image.io.Json;
import dev.text2image.schedulers.BetaSchedule;
import dev.text2image.schedulers.PredictionType;
import dev.text2image.schedulers.Scheduler;
import dev.text2image.schedulers.SchedulerConfig;
import dev.text2image.schedulers.TimestepSpacing;
import dev.text2image.schedulers.VarianceType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
                .withMessageContaining("the nearest here is DPMSolverMultistepScheduler")
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

    @Test
    void theFileOfDpmSolverIsReadAsPythonWritesIt(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("scheduler_config.json");
        Files.writeString(file, """
                {"_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": -Infinity, "variance_type": null,
                 "timestep_spacing": "leading", "steps_offset": 1, "use_karras_sigmas": true}""");
        Scheduler scheduler = Schedulers.load(Json.readPythonObject(file));
        assertThat(scheduler).isInstanceOf(DPMSolverMultistepScheduler.class);
        assertThat(scheduler.describe())
                .contains("timestep_spacing leading (from the model's file)", "steps_offset 1", "use_karras_sigmas");
    }

    @Test
    void whatAFileLeavesOutTakesTheDefaultOfTheNewClass() {
        SchedulerConfig pndm = SchedulerConfig.stableDiffusion();
        assertThat(Schedulers.named("DPMSolverMultistepScheduler", pndm)
                        .start(10)
                        .timesteps())
                .startsWith(999f, 899f)
                .endsWith(100f);
        SchedulerConfig stated =
                pndm.toBuilder().timestepSpacing(TimestepSpacing.LEADING).build();
        assertThat(Schedulers.named("dpmsolvermultistepscheduler", stated)
                        .start(10)
                        .timesteps())
                .startsWith(901f, 811f)
                .endsWith(91f);
        assertThat(Schedulers.named("UniPC", pndm).describe()).contains("linspace (its default)", "bh2");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "DPM++ 2M Karras | DPMSolverMultistepScheduler: | use_karras_sigmas",
                "dpm++_2m_sde | DPMSolverMultistepScheduler: | sde-dpmsolver++",
                "Euler a | EulerAncestralDiscreteScheduler: | linspace",
                "heun-beta | HeunDiscreteScheduler: | use_beta_sigmas",
                "dpm++-2s | DPMSolverSinglestepScheduler: | solver_order 2",
                "LCM | LCMScheduler: | original_inference_steps 50"
            })
    void peopleAndTheHubNameSchedulersInTheirWays(String name, String className, String setting) {
        assertThat(Schedulers.named(name, SchedulerConfig.stableDiffusion()).describe())
                .startsWith(className)
                .contains(setting);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "dpm2 | ddpm, ddim, pndm",
                "ddim karras | one spread of its noise only",
            })
    void aNameThatIsNotKnownIsRefused(String name, String part) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Schedulers.named(name, SchedulerConfig.stableDiffusion()))
                .withMessageContaining(part);
    }

    @ParameterizedTest
    @CsvSource({
        "DPMSolverMultistepScheduler, algorithm_type, dpmsolver, sigma_min",
        "DPMSolverSinglestepScheduler, algorithm_type, sde-dpmsolver, DPMSolverMultistepScheduler",
        "DPMSolverMultistepScheduler, solver_type, bh3, midpoint",
        "UniPCMultistepScheduler, solver_type, euler, bh1"
    })
    void aSolverNamesWhatItCannotDo(String className, String field, String value, String part) {
        SchedulerConfig config = SchedulerConfig.stableDiffusion().toBuilder()
                .option(field, value)
                .build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Schedulers.named(className, config))
                .withMessageContaining(part);
    }
}
