package dev.text2image.pipelines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.text2image.hub.Hub;
import dev.text2image.hub.HubSettings;
import dev.text2image.io.InvalidInputException;
import dev.text2image.schedulers.PredictionType;
import dev.text2image.singlefile.SingleFileWriter;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.TinyPipeline;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pipelines of single files. */
class SingleFileModelTest {
    @TempDir
    private Path directory;

    @BeforeEach
    void shareCache() {
        Hub.share(new Hub(
                HubSettings.of(Map.of("HF_HOME", directory.resolve("home").toString()))));
    }

    @AfterEach
    void unshareCache() {
        Hub.share(null);
    }

    private Path write() {
        Path model = directory.resolve("model");
        TinyPipeline.write(model);
        Path file = directory.resolve("heart.safetensors");
        SingleFileWriter.write(file, model, null);
        return file;
    }

    private static int[] draw(StableDiffusionPipeline pipeline) {
        try (pipeline) {
            GenerationRequest request = GenerationRequest.of("a red heart")
                    .numInferenceSteps(3)
                    .seed(4)
                    .build();
            BufferedImage image = pipeline.generate(request).images().get(0);
            return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
        }
    }

    @Test
    void aFileDrawsWhatItsDirectoryDraws() throws IOException {
        SingleFileModel file = new SingleFileModel(write(), null, directory.resolve("model"));
        int[] expected = draw(StableDiffusionPipeline.fromPretrained(directory.resolve("model"), TinyPipeline.OPTIONS));
        assertThat(draw(StableDiffusionPipeline.fromSingleFile(file, TinyPipeline.OPTIONS)))
                .isEqualTo(expected);
        Path index = file.open().path().resolve("model_index.json");
        assertThat(index).startsWith(directory.resolve("home/text2image"));
        FileTime old = FileTime.fromMillis(1_000_000);
        Files.setLastModifiedTime(index, old);
        assertThat(file.open().path().resolve("model_index.json")).isEqualTo(index);
        assertThat(Files.getLastModifiedTime(index)).isEqualTo(old);
    }

    @Test
    void aFileThatChangedIsReadAgain() throws IOException {
        SingleFileModel file = new SingleFileModel(write(), null, directory.resolve("model"));
        Path before = file.open().path();
        Files.setLastModifiedTime(file.file(), FileTime.fromMillis(1_000_000));
        assertThat(file.open().path()).isNotEqualTo(before);
    }

    @Test
    void thePredictionOfAFileCanBeChosen() {
        SingleFileModel velocity =
                new SingleFileModel(write(), PredictionType.V_PREDICTION, directory.resolve("model"));
        assertThat(velocity.open().scheduler().config().predictionType()).isEqualTo(PredictionType.V_PREDICTION);
    }

    @Test
    void aFileIsRefusedWhereItCannotBeMeant() throws IOException {
        Path file = write();
        assertThatThrownBy(() -> PipelineDirectory.open(file, null, "fp16", Set.of()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("variant is fp16");
        assertThatThrownBy(() -> PipelineDirectory.open(Files.createFile(directory.resolve("old.ckpt"))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("is pickled");
        assertThatThrownBy(() -> PipelineDirectory.open(
                        Fixtures.DIRECTORY.resolve("tiny-sd1/unet/diffusion_pytorch_model.safetensors")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("one part of a model with the names of diffusers");
        assertThat(directory.resolve("home/text2image")).doesNotExist();
    }
}
