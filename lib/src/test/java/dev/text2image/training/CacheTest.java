package dev.text2image.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.text2image.data.images.Images;
import dev.text2image.data.images.RgbImage;
import dev.text2image.io.InvalidInputException;
import dev.text2image.nn.MixedPrecision;
import dev.text2image.nn.Precision;
import dev.text2image.testing.ShowsEffectOf;
import dev.text2image.testing.TinyPipeline;
import dev.text2image.torch.Torch;
import dev.text2image.training.caching.CachePart;
import dev.text2image.training.caching.ImageVariant;
import dev.text2image.training.config.CacheMode;
import dev.text2image.training.config.TrainingConfig;
import dev.text2image.training.config.TrainingConfigBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Training on cached outputs of the frozen models is the same training. */
class CacheTest {
    @TempDir
    private static Path shared;

    private static Path base = Path.of("");
    private static double[] expected = {};

    @TempDir
    private Path directory;

    @BeforeAll
    static void trainWithoutCaches() {
        base = TinyPipeline.write(shared.resolve("base")).path();
        expected = TinyRun.losses(TinyRun.config(base, shared.resolve("plain")).proportionEmptyPrompts(0.3));
    }

    private TrainingConfigBuilder config(String output) {
        return TinyRun.config(base, directory.resolve(output)).proportionEmptyPrompts(0.3);
    }

    @ParameterizedTest
    @CsvSource({"MEMORY,NONE", "NONE,MEMORY", "MEMORY,MEMORY", "DISK,DISK"})
    @ShowsEffectOf({"cache_latents", "cache_text_embeddings"})
    void theLossesAreTheSame(CacheMode latents, CacheMode text) {
        double[] losses = TinyRun.losses(config("out").cacheLatents(latents).cacheTextEmbeddings(text));
        assertThat(losses).containsExactly(expected, within(1e-5));
    }

    @Test
    void cachesInMemoryAreFilledAsTheFirstTwoEpochsNeedThem() {
        TrainingConfig run = config("out")
                .maxTrainSamples(40)
                .cacheLatents(CacheMode.MEMORY)
                .cacheTextEmbeddings(CacheMode.MEMORY)
                .build();
        try (TextToImage training = new TextToImage(run, Precision.FP32, null, null);
                NDManager scratch = Torch.newManager(Device.cpu())) {
            List<Integer> encoded = new ArrayList<>();
            for (int epoch = 0; epoch < 2; epoch++) {
                for (int i = 0; i < training.batchesPerEpoch(); i++) {
                    int before = images(training.data());
                    training.batch(scratch, epoch, i);
                    encoded.add(before - images(training.data()));
                }
                assertThat(training.data().missing().lacksCaptions()).isFalse();
            }
            assertThat(encoded).as("images of each step").hasSize(20).containsOnly(4);
            assertThat(training.data().missing().lacksImages()).isFalse();
        }
    }

    /** How many images and their mirrored variants are missing. */
    private static int images(TrainingData data) {
        return data.missing().with(all(data), List.of()).stream()
                .mapToInt(CachePart::size)
                .sum();
    }

    private static List<ImageVariant> all(TrainingData data) {
        return IntStream.range(0, data.dataset().size())
                .boxed()
                .flatMap(row -> ImageVariant.of(row, true).stream())
                .toList();
    }

    /** It makes the same batches as one that went there step by step, to the last bit. */
    @Test
    void aRunThatGoesOnBehindTheFirstEpochEncodesWhatItsStepsNeed() {
        TrainingConfig run =
                config("out").maxTrainSamples(40).cacheLatents(CacheMode.MEMORY).build();
        try (TextToImage whole = new TextToImage(run, Precision.FP32, null, null);
                TextToImage resumed = new TextToImage(run, Precision.FP32, null, null);
                NDManager scratch = Torch.newManager(Device.cpu())) {
            for (int i = 0; i < whole.batchesPerEpoch(); i++) {
                whole.batch(scratch, 0, i);
            }
            for (int i = 3; i < whole.batchesPerEpoch(); i++) {
                assertThat(resumed.batch(scratch, 1, i).images())
                        .isEqualTo(whole.batch(scratch, 1, i).images());
            }
            assertThat(images(resumed.data()))
                    .as("images that are still missing")
                    .isBetween(1, 40);
        }
    }

    @Test
    void filesOnDiskAreThereBeforeTheFirstStep() {
        TrainingConfig run = config("out")
                .cacheLatents(CacheMode.DISK)
                .cacheTextEmbeddings(CacheMode.MEMORY)
                .build();
        try (TextToImage training = new TextToImage(run, Precision.FP32, null, null)) {
            assertThat(images(training.data())).isZero();
            assertThat(training.data().missing().with(List.of(), List.of(""))).hasSize(1);
        }
    }

    @Test
    @ShowsEffectOf("cache_dir")
    void aSecondRunFindsTheFilesOfTheFirst() throws IOException {
        Path cache = directory.resolve("cache");
        TrainingConfigBuilder first = config("first")
                .cacheDir(cache.toString())
                .cacheLatents(CacheMode.DISK)
                .cacheTextEmbeddings(CacheMode.DISK);
        TinyRun.losses(first);
        List<FileTime> before = times(cache);
        assertThat(before).hasSize(2);
        assertThat(TinyRun.losses(first.outputDir(directory.resolve("second").toString())))
                .containsExactly(expected, within(1e-5));
        assertThat(times(cache)).isEqualTo(before);
        TinyRun.losses(first.resolution(32));
        assertThat(times(cache)).as("other latents, the same texts").hasSize(3);
    }

    @Test
    void whoFillsTheCachesInPartsWritesTheSameFiles() throws IOException {
        TrainingConfigBuilder run =
                config("out").maxTrainSamples(40).cacheLatents(CacheMode.DISK).cacheTextEmbeddings(CacheMode.DISK);
        TrainingConfig alone =
                run.cacheDir(directory.resolve("alone").toString()).build();
        new Trainer(alone).close();
        TrainingConfig shared =
                run.cacheDir(directory.resolve("shared").toString()).build();
        try (CacheFilling one = new CacheFilling(shared, null);
                CacheFilling other = new CacheFilling(shared, null)) {
            List<String> hashes = new ArrayList<>(one.imageHashes(0, 17));
            hashes.addAll(other.imageHashes(17, one.images()));
            List<CachePart> parts = one.missing(hashes);
            assertThat(parts).extracting(CachePart::size).containsExactly(32, 8, 41);
            one.fill(parts.get(2));
            other.fill(parts.get(1));
            one.fill(parts.get(0));
            assertThat(one.missing(hashes)).isEmpty();
        }
        assertThat(contents(directory.resolve("shared")))
                .containsExactlyEntriesOf(contents(directory.resolve("alone")))
                .hasSize(3);
    }

    private static Map<Path, byte[]> contents(Path cache) throws IOException {
        Map<Path, byte[]> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(cache)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                contents.put(cache.relativize(file), Files.readAllBytes(file));
            }
        }
        return contents;
    }

    @ParameterizedTest
    @CsvSource({"NONE,NONE,NO", "MEMORY,DISK,NO", "DISK,DISK,AUTO"})
    void whatCannotBeFilledInPartsIsRefused(CacheMode latents, CacheMode text, MixedPrecision precision) {
        TrainingConfig run = config("out")
                .cacheLatents(latents)
                .cacheTextEmbeddings(text)
                .mixedPrecision(precision)
                .build();
        assertThatThrownBy(() -> new CacheFilling(run, null).close())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(
                        precision == MixedPrecision.AUTO ? "name no, bf16 or fp16" : "--cache_latents disk");
    }

    private static List<FileTime> times(Path cache) throws IOException {
        try (Stream<Path> files = Files.walk(cache)) {
            return files.filter(Files::isRegularFile)
                    .sorted()
                    .map(CacheTest::time)
                    .toList();
        }
    }

    private static FileTime time(Path file) {
        try {
            return Files.getLastModifiedTime(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void randomCropsOfImagesThatAreNotSquareCannotBeCached() throws IOException {
        Path images = Files.createDirectories(directory.resolve("images"));
        Images.writePng(RgbImage.of(40, 20, new byte[40 * 20 * 3]), images.resolve("wide.png"));
        Files.writeString(images.resolve("metadata.csv"), "file_name,text\nwide.png,a wide one\n");
        TrainingConfigBuilder wide =
                config("out").trainDataDir(images.toString()).cacheLatents(CacheMode.MEMORY);
        assertThatThrownBy(() -> TinyRun.losses(wide))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("wide.png (metadata.csv, line 2) has 40 x 20 pixels. Add center_crop");
        assertThat(TinyRun.losses(wide.centerCrop(true))).hasSize(6);
    }
}
