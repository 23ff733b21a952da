package dev.text2image.training.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.Json;
import dev.text2image.io.JsonFields;
import dev.text2image.testing.Fixtures;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Against torch.amp.GradScaler. */
class GradScalerTest {
    private static final Path FILE = Fixtures.DIRECTORY.resolve("grad_scaler.json");

    private static GradScaler expected(String name) {
        return GradScaler.fromJson(JsonFields.of(FILE, Json.readObject(FILE).getAsJsonObject(name)));
    }

    @Test
    void theDefaultsAreTorchs() {
        assertThat(GradScaler.defaults()).isEqualTo(expected("defaults"));
    }

    @Test
    void theScaleFallsAndGrowsAsTorchs() {
        JsonObject numbers = Json.readObject(FILE);
        JsonArray overflows = numbers.getAsJsonArray("overflows");
        JsonArray scales = numbers.getAsJsonArray("scales");
        GradScaler scaler = new GradScaler(65536, 2, 0.5, 3, 0);
        for (int i = 0; i < overflows.size(); i++) {
            assertThat(scaler.scale()).as("step %d", i).isEqualTo(scales.get(i).getAsDouble());
            scaler = scaler.update(overflows.get(i).getAsBoolean());
        }
        assertThat(scaler).isEqualTo(expected("final"));
    }

    @Test
    void theStateSurvivesJson() {
        GradScaler scaler = GradScaler.defaults().update(true).update(false);
        assertThat(GradScaler.fromJson(JsonFields.of(FILE, scaler.toJson()))).isEqualTo(scaler);
    }

    @Test
    void theScaleStaysAFloat32() {
        GradScaler scaler = new GradScaler(0x1p127, 2, 0.5, 1, 0);
        assertThat(scaler.update(false).scale()).isEqualTo(0x1p127);
    }

    @Test
    void aDamagedStateIsNamed() {
        JsonObject json = GradScaler.defaults().toJson();
        json.addProperty("scale", 0);
        assertThatThrownBy(() -> GradScaler.fromJson(JsonFields.of(FILE, json)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("scale is 0.0, but must be above 0");
    }
}
