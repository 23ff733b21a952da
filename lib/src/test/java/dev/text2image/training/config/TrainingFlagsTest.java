package dev.text2image.training.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.Json;
import dev.text2image.testing.ShowsEffectOf;
import dev.text2image.training.commands.GuideCommand;
import dev.text2image.training.optim.LearningRateSchedule;
import dev.text2image.training.planning.TrainingPlan;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.ReflectionSupport;

/** The flags of training: that each has the specified name, default and range, and a test that shows its effect. */
class TrainingFlagsTest {

    @TempDir
    private Path directory;

    private static Stream<TrainingFlag> flags() {
        return TrainingFlags.all().stream();
    }

    private static TrainingConfig parse(String name, String... values) {
        return TrainingFlags.parse(Map.of(name, List.of(values)));
    }

    @Test
    void aConfigurationListsWhatDiffersFromTheDefaults() {
        TrainingConfig config = TrainingConfig.builder()
                .snrGamma(5.0)
                .lrScheduler(LearningRateSchedule.Kind.COSINE)
                .build();
        assertThat(config.settings()).hasSameSizeAs(TrainingFlags.all());
        assertThat(config.settings())
                .filteredOn(TrainingSetting::changed)
                .extracting(setting -> setting.flag().name() + " " + setting.value())
                .containsExactlyInAnyOrder("snr_gamma 5.0", "lr_scheduler cosine");
        assertThat(TrainingConfig.builder().build().settings()).noneMatch(TrainingSetting::changed);
    }

    @ParameterizedTest
    @CsvFileSource(resources = "/upstream_flags.csv", useHeadersInDisplayName = true)
    void everyFlagOfDiffusersIsUnderstood(String name, String type, String defaultText) {
        if (Arrays.stream(FlagWithoutEffect.values())
                .anyMatch(flag -> flag.flagName().equals(name))) {
            assertThat(TrainingFlags.find(name)).isEmpty();
            return;
        }
        TrainingFlag flag = Stream.concat(flags(), HubFlags.all().stream())
                .filter(known -> known.name().equals(name))
                .findFirst()
                .orElseThrow();
        assertThat(flag.takesSeveral()).isEqualTo(type.endsWith("+"));
        if (type.equals("switch")) {
            assertThat(flag.standsAlone()).isTrue();
            assertThat(flag.defaultText()).isIn("false", "none");
        } else if (FlagsDocument.OTHER_DEFAULTS.containsKey(name)) {
            assertThat(flag.defaultText()).isNotEqualTo(defaultText);
        } else if (defaultText == null) {
            assertThat(flag.defaultText()).isEmpty();
        } else {
            assertThat(flag.parse(List.of(defaultText))).isEqualTo(flag.defaultValue());
        }
    }

    @ParameterizedTest
    @MethodSource("flags")
    void otherValuesSurviveTheCommandLineAndJson(TrainingFlag flag) {
        List<String> texts = otherValue(flag);
        TrainingConfig config = TrainingFlags.parse(Map.of(flag.name(), texts));
        assertThat(config).isNotEqualTo(TrainingConfig.builder().build());
        Path file = directory.resolve("config.json");
        Json.write(file, config.toJson());
        JsonObject json = Json.readObject(file);
        assertThat(json.has(flag.name())).isTrue();
        assertThat(TrainingConfig.fromJson(json)).isEqualTo(config);

        String words = "--" + flag.name() + " " + texts.stream().collect(Collectors.joining("' '", "'", "'"));
        assertThat(GuideCommand.parse(words).config()).isEqualTo(config);
        assertThat(TrainingFlags.parse(Map.of(), config)).isEqualTo(config);
    }

    /** A value in the flag's range that is not its default. */
    private static List<String> otherValue(TrainingFlag flag) {
        Map<String, String> special = Map.of("report_to", "none", "lr_step_rules", "1:10,0.1", "device", "cpu");
        if (special.containsKey(flag.name())) {
            return List.of(special.get(flag.name()));
        } else if (flag.takesSeveral()) {
            return List.of("a cat", "a dog, with 2 hats");
        } else if (!flag.choices().isEmpty()) {
            return List.of(flag.choices().stream()
                    .filter(choice -> !choice.equals(flag.defaultText()))
                    .findFirst()
                    .orElseThrow());
        } else if (flag.type() == boolean.class) {
            return List.of("true");
        } else if (flag.type() == double.class || flag.type() == Double.class) {
            return List.of("0.5");
        } else if (flag.type() == long.class) {
            return List.of("-12345678901");
        } else if (flag.type() == String.class) {
            return List.of("some text {}");
        }
        int least = flag.defaultText().isEmpty() ? 0 : Integer.parseInt(flag.defaultText());
        return List.of(String.valueOf(least + 8));
    }

    @ParameterizedTest
    @CsvSource({
        "output_dir, ''",
        "resolution, 100",
        "resolution, 0",
        "train_batch_size, 0",
        "num_train_epochs, 0",
        "gradient_accumulation_steps, 0",
        "lr_warmup_steps, -1",
        "lr_num_cycles, 0",
        "checkpointing_steps, 0",
        "dataloader_num_workers, -1",
        "ema_update_after_step, -1",
        "validation_epochs, 0",
        "validation_samples, -1",
        "validation_steps, 0",
        "max_train_samples, 0",
        "max_train_steps, 0",
        "checkpoints_total_limit, 0",
        "learning_rate, 0",
        "learning_rate, NaN",
        "learning_rate, Infinity",
        "lr_power, 0",
        "adam_epsilon, 0",
        "max_grad_norm, 0",
        "dream_detail_preservation, 0",
        "ema_inv_gamma, 0",
        "ema_power, -1",
        "snr_gamma, 0",
        "adam_beta1, 1",
        "adam_beta1, -0.1",
        "adam_beta2, 1",
        "adam_weight_decay, 1.5",
        "adam_weight_decay, NaN",
        "ema_decay, 1.1",
        "ema_min_decay, 0.99999",
        "noise_offset, -0.1",
        "input_perturbation, 2",
        "proportion_empty_prompts, 1.01",
        "prediction_type, sample",
        "report_to, mail"
    })
    void valuesOutsideTheRangeAreNamed(String name, String value) {
        assertThatThrownBy(() -> parse(name, value))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(name)
                .hasMessageMatching("(?s).*(must be|is missing).*");
    }

    @ParameterizedTest
    @MethodSource("flags")
    void whatIsNoValueIsRefused(TrainingFlag flag) {
        if (flag.type() == String.class || flag.takesSeveral()) {
            return; // every text is one
        }
        assertThatThrownBy(() -> parse(flag.name(), "1x"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith(flag.name() + " is '1x', but must be ");
        assertThatThrownBy(() -> parse(flag.name(), "1", "2"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(flag.name() + " takes one value, but was given 2.");
    }

    @Test
    void jsonIsCheckedToo() {
        JsonObject json = new JsonObject();
        json.add("snr_gamma", JsonNull.INSTANCE);
        assertThat(TrainingConfig.fromJson(json))
                .isEqualTo(TrainingConfig.builder().build());
        json.addProperty("learning_rat", 1);
        assertThatThrownBy(() -> TrainingConfig.fromJson(json))
                .hasMessage("There is no hyper-parameter learning_rat; did you mean learning_rate?");
        json.remove("learning_rat");
        json.add("resolution", new JsonObject());
        assertThatThrownBy(() -> TrainingConfig.fromJson(json)).hasMessageStartingWith("resolution is {}, but must be");
        JsonArray two = new JsonArray();
        two.add(1);
        two.add(2);
        json.add("resolution", two);
        assertThatThrownBy(() -> TrainingConfig.fromJson(json)).hasMessageContaining("takes one value");
    }

    @Test
    @ShowsEffectOf({"dataset_name", "dataset_config_name", "train_data_dir"})
    void theDataDirectoryIsMadeOfItsParts() {
        TrainingConfigBuilder config = TrainingConfig.builder();
        assertThatThrownBy(() -> config.build().dataDirectory()).hasMessageContaining("train_data_dir is missing");
        assertThat(config.trainDataDir("images").build().dataDirectory()).isEqualTo(Path.of("images"));
        assertThat(config.datasetName("sets/emoji").build().dataDirectory()).isEqualTo(Path.of("sets/emoji/images"));
        assertThat(config.datasetConfigName("small").build().dataDirectory())
                .isEqualTo(Path.of("sets/emoji/small/images"));
    }

    @Test
    @ShowsEffectOf({"num_train_epochs", "max_train_steps"})
    void theNumberOfStepsFollowsFromTheEpochsUnlessItIsGiven() {
        TrainingConfigBuilder config =
                TrainingConfig.builder().gradientAccumulationSteps(2).numTrainEpochs(4);
        assertThat(TrainingPlan.of(config.build(), 5).totalSteps()).isEqualTo(12);
        assertThat(TrainingPlan.of(config.maxTrainSteps(7).build(), 5).totalSteps())
                .isEqualTo(7);
    }

    @Test
    @ShowsEffectOf("scale_lr")
    void theScaledLearningRateGrowsWithTheImagesOfAStep() {
        TrainingConfigBuilder config = TrainingConfig.builder()
                .learningRate(1e-5)
                .gradientAccumulationSteps(4)
                .trainBatchSize(2);
        assertThat(config.build().effectiveLearningRate()).isEqualTo(1e-5);
        assertThat(config.scaleLr(true).build().effectiveLearningRate()).isEqualTo(1e-5 * 4 * 2);
    }

    @Test
    void everyFlagHasATestThatShowsItsEffect() {
        List<String> shown = ReflectionSupport.streamAllClassesInPackage(
                        "dev.text2image", type -> true, name -> name.endsWith("Test"))
                .flatMap(type -> Stream.of(type.getDeclaredMethods()))
                .filter(method -> AnnotationSupport.isAnnotated(method, Testable.class))
                .flatMap(method -> AnnotationSupport.findAnnotation(method, ShowsEffectOf.class).stream())
                .flatMap(effect -> Stream.of(effect.value()))
                .toList();
        assertThat(shown)
                .as("mark the test of a new flag with @ShowsEffectOf")
                .containsExactlyInAnyOrderElementsOf(
                        flags().map(TrainingFlag::name).toList());
    }
}
