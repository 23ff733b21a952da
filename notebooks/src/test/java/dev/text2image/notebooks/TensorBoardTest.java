package dev.text2image.notebooks;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.text2image.data.images.Images;
import dev.text2image.data.images.RgbImage;
import dev.text2image.data.images.Transparency;
import dev.text2image.trackers.RunEvent;
import dev.text2image.trackers.RunStart;
import dev.text2image.trackers.TensorBoardTracker;
import dev.text2image.trackers.Tracker;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lets TensorBoard read what the library's tracker writes. */
class TensorBoardTest {
    private static final String RUN = "text2image-fine-tune";
    private static final RgbImage RED = RgbImage.of(1, 2, new byte[] {-1, 0, 0, -1, 0, 0});
    private static final RgbImage BLUE = RgbImage.of(1, 2, new byte[] {0, 0, -1, 0, 0, -1});
    private static final RgbImage RED_AND_BLUE = RgbImage.of(2, 2, new byte[] {-1, 0, 0, 0, 0, -1, -1, 0, 0, 0, 0, -1});

    @TempDir
    private Path logs;

    @BeforeEach
    void needsPython() {
        VirtualEnvironment.assumePresent();
    }

    private static JsonObject hyperParameters() {
        JsonObject values = new JsonObject();
        values.addProperty("learning_rate", 1e-5);
        values.addProperty("large", 1e10);
        values.addProperty("use_ema", true);
        values.addProperty("lr_scheduler", "constant");
        JsonArray prompts = new JsonArray();
        prompts.add("a \"red\" fox ü");
        prompts.add("two\nlines");
        values.add("validation_prompts", prompts);
        return values;
    }

    private Tracker started(long step) {
        Tracker tracker = new TensorBoardTracker(logs.resolve(RUN));
        tracker.start(new RunStart(step, hyperParameters(), Map.of()));
        return tracker;
    }

    private JsonObject read() throws Exception {
        var finished = VirtualEnvironment.run(
                "tensorboard", "-W", "ignore", "notebooks/src/test/python/read_tensorboard.py", logs.toString());
        assertThat(finished.exitCode()).as(finished.output()).isZero();
        String lastLine =
                finished.output().lines().reduce((first, second) -> second).orElseThrow();
        return JsonParser.parseString(lastLine).getAsJsonObject();
    }

    private static JsonObject recordsOf(JsonObject result, String kind) {
        return result.getAsJsonObject("runs").getAsJsonObject(RUN).getAsJsonObject(kind);
    }

    @Test
    void scalarsImagesAndTextArrive() throws Exception {
        try (Tracker tracker = started(0)) {
            tracker.scalars(1, Map.of("train_loss", 0.5, "grad_norm", 2.0));
            tracker.scalars(2, Map.of("train_loss", 0.25));
            tracker.images(2, "validation", List.of(RED, BLUE));
            tracker.text(2, "note", "Über");
        }
        JsonObject result = read();
        assertThat(recordsOf(result, "scalars"))
                .isEqualTo(
                        JsonParser.parseString("{\"train_loss\": [[1, 0.5], [2, 0.25]], \"grad_norm\": [[1, 2.0]]}"));
        assertThat(recordsOf(result, "texts"))
                .isEqualTo(JsonParser.parseString("{\"note/text_summary\": [[2, \"Über\"]]}"));
        JsonArray image =
                recordsOf(result, "images").getAsJsonArray("validation").get(0).getAsJsonArray();
        assertThat(image.asList().subList(0, 3))
                .extracting(JsonElement::getAsInt)
                .containsExactly(2, 2, 2);
        byte[] png = Base64.getDecoder().decode(image.get(3).getAsString());
        assertThat(Images.fromBufferedImage(ImageIO.read(new ByteArrayInputStream(png)), Transparency.DROP))
                .isEqualTo(RED_AND_BLUE);
    }

    @Test
    void aResumedRunReplacesTheStepsThatItRepeats() throws Exception {
        try (Tracker killed = started(0)) {
            for (int step = 1; step <= 4; step++) {
                killed.scalars(step, Map.of("train_loss", 1.0));
            }
            killed.images(4, "validation", List.of(RED));
        }
        try (Tracker resumed = started(2)) {
            resumed.scalars(3, Map.of("train_loss", 0.5));
        }
        JsonObject result = read();
        assertThat(recordsOf(result, "scalars"))
                .isEqualTo(JsonParser.parseString("{\"train_loss\": [[1, 1.0], [2, 1.0], [3, 0.5]]}"));
        assertThat(recordsOf(result, "images").getAsJsonArray("validation")).isEmpty();
    }

    @Test
    void aNewRunReplacesAllThatItsDirectoryShowed() throws Exception {
        try (Tracker old = started(0)) {
            old.images(0, "validation", List.of(RED));
            old.scalars(7, Map.of("train_loss", 1.0));
        }
        try (Tracker anew = started(0)) {
            anew.scalars(1, Map.of("train_loss", 0.5));
        }
        JsonObject result = read();
        assertThat(recordsOf(result, "scalars")).isEqualTo(JsonParser.parseString("{\"train_loss\": [[1, 0.5]]}"));
        assertThat(recordsOf(result, "images").getAsJsonArray("validation")).isEmpty();
    }

    @Test
    void hyperParametersAreInTheirTabAndInTheirFile() throws Exception {
        try (Tracker tracker = started(0)) {
            tracker.event(new RunEvent.Finished(1));
        }
        JsonObject result = read();
        JsonObject session = result.getAsJsonArray("sessions").get(0).getAsJsonObject();
        assertThat(result.getAsJsonArray("sessions")).hasSize(1);
        assertThat(session.get("name").getAsString()).matches(RUN + "/\\d{10}\\.\\d{3}");
        assertThat(session.get("status").getAsString()).isEqualTo("STATUS_SUCCESS");
        JsonObject expected = hyperParameters();
        JsonElement yaml = result.getAsJsonArray("yaml").get(0);
        assertThat(yaml).isEqualTo(expected);
        expected.addProperty("validation_prompts", "[\"a \\\"red\\\" fox ü\",\"two\\nlines\"]");
        assertThat(session.get("hparams")).isEqualTo(expected);
    }
}
