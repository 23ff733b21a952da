package dev.text2image.training.records;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.text2image.io.Json;
import dev.text2image.nn.MixedPrecision;
import dev.text2image.nn.Precision;
import dev.text2image.nn.speed.PrecisionSpeed;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RunPrecisionTest {
    @TempDir
    private Path directory;

    private Path checkpoint(String json) {
        JsonObject state = JsonParser.parseString(json).getAsJsonObject();
        Json.write(directory.resolve(Checkpoints.STATE_FILE), state);
        return directory;
    }

    @Test
    void autoNeverTakesHalfPrecisionOnAProcessorAndStaysWithItsChoice() {
        RunPrecision first = RunPrecision.of(MixedPrecision.AUTO, Device.cpu(), null);
        assertThat(first.precision()).isIn(Precision.FP32, Precision.BF16);
        assertThat(first.warning()).isEmpty();
        assertThat(first.toString()).endsWith(" (auto)");
        assertThat(RunPrecision.of(MixedPrecision.AUTO, Device.cpu(), null)).isEqualTo(first);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"number_format\":\"bf16\",\"config\":{\"mixed_precision\":\"auto\"}} | BF16",
                "{\"number_format\":\"no\",\"config\":{\"mixed_precision\":\"auto\"}} | FP32",
                "{\"config\":{\"mixed_precision\":\"fp16\"}} | FP16",
                "{\"config\":{}} | FP32"
            })
    void aResumedRunKeepsTheFormatOfItsCheckpoint(String state, Precision expected) {
        RunPrecision resumed = RunPrecision.of(MixedPrecision.AUTO, Device.cpu(), checkpoint(state));
        assertThat(resumed.precision()).isEqualTo(expected);
        assertThat(resumed.toString()).contains("(auto, as in the checkpoint)");
    }

    @ParameterizedTest
    @EnumSource(
            value = MixedPrecision.class,
            names = {"NO", "BF16", "FP16"})
    void whatIsAskedForIsObeyedAlsoWhereTheCheckpointHasAnother(MixedPrecision wanted) {
        Path checkpoint = checkpoint("{\"number_format\":\"bf16\",\"config\":{}}");
        assertThat(MixedPrecision.of(RunPrecision.of(wanted, Device.cpu(), checkpoint)
                        .precision()
                        .flagName()))
                .isEqualTo(wanted);
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void aFormatIsEitherNoHindranceOrTheFactorIsTold(Precision precision) {
        for (PrecisionSpeed.Work work : PrecisionSpeed.Work.values()) {
            assertThat(PrecisionSpeed.warning(precision, Device.cpu(), work)).satisfies(warning -> {
                assertThat(precision == Precision.FP32 && warning.isPresent()).isFalse();
                warning.ifPresent(text -> assertThat(text)
                        .matches("(bf16|fp16) takes about [0-9.]+ times as long as float32 on this processor;"
                                + " --mixed_precision auto takes what is fastest\\."));
            });
        }
    }

    @Test
    void anUnknownNameListsTheValues() {
        assertThatThrownBy(() -> MixedPrecision.of("fp8"))
                .hasMessage("mixed_precision is 'fp8', but must be no, bf16, fp16 or auto.");
    }
}
