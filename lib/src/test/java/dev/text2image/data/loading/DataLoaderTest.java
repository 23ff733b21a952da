package dev.text2image.data.loading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.text2image.data.CaptionedDataset;
import dev.text2image.data.images.Interpolation;
import dev.text2image.io.InvalidInputException;
import dev.text2image.testing.ShowsEffectOf;
import dev.text2image.testing.TestFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataLoaderTest {
    private static final ImageTransforms RANDOM = new ImageTransforms(16, false, true, Interpolation.BILINEAR);

    private final CaptionedDataset dataset =
            CaptionedDataset.open(TestFiles.resource("parity/parquet").resolve("lists.parquet"));

    @AfterEach
    void close() {
        dataset.close();
    }

    /** A batch without its tensor. */
    private record Copy(List<Float> pixels, List<String> captions, List<Integer> rows) {}

    @Test
    @ShowsEffectOf("train_batch_size")
    void makesBatchesOfTheRightShape() {
        DataLoader loader = loader(2, 3, 0);
        assertThat(loader.batchesPerEpoch()).isEqualTo(3);
        try (NDManager manager = NDManager.newBaseManager();
                Batches batches = loader.batches(manager, 0, 0)) {
            List<Integer> sizes = new ArrayList<>();
            while (batches.hasNext()) {
                try (Batch batch = batches.next()) {
                    assertThat(batch.pixelValues().getShape()).isEqualTo(new Shape(batch.size(), 3, 16, 16));
                    assertThat(batch.pixelValues().getDataType()).isEqualTo(DataType.FLOAT32);
                    sizes.add(batch.size());
                }
            }
            assertThat(sizes).containsExactly(2, 2, 1);
        }
    }

    @Test
    void aSingleBatchIsThatOfItsPass() {
        DataLoader loader = loader(2, 3, 0);
        try (NDManager manager = NDManager.newBaseManager();
                Batches batches = loader.batches(manager, 1, 1)) {
            Batch expected = batches.next();
            Batch batch = loader.batch(manager, 1, 1);
            assertThat(batch.rows()).isEqualTo(expected.rows());
            assertThat(batch.pixelValues().toFloatArray())
                    .isEqualTo(expected.pixelValues().toFloatArray());
        }
    }

    @Test
    void givesEachRowOnceInAnotherOrderEachEpoch() {
        DataLoader loader = loader(2, 3, 0);
        assertThat(loader.order(0)).containsExactlyInAnyOrder(0, 1, 2, 3, 4);
        assertThat(List.of(0, 1, 2, 3).stream()
                        .map(loader::order)
                        .map(Arrays::toString)
                        .distinct())
                .hasSizeGreaterThan(2);
        RowOrder inOrder = RowOrder.sequential(dataset.size());
        assertThat(new DataLoader(dataset, RANDOM, DataLoader.Options.of(2, 3), inOrder).order(5))
                .containsExactly(0, 1, 2, 3, 4);
    }

    @Test
    @ShowsEffectOf("dataloader_num_workers")
    void givesTheSameBatchesWhateverTheNumberOfWorkers() {
        List<Copy> expected = read(loader(2, 3, 0), 7, 0);
        assertThat(read(loader(2, 3, 0), 7, 0)).isEqualTo(expected);
        assertThat(read(loader(2, 3, 1), 7, 0)).isEqualTo(expected);
        assertThat(read(loader(2, 3, 4), 7, 0)).isEqualTo(expected);
        assertThat(read(loader(2, 3, 0), 8, 0)).isNotEqualTo(expected);
        assertThat(read(loader(2, 4, 0), 7, 0)).isNotEqualTo(expected);
    }

    @Test
    void resumesInTheMiddleOfAnEpoch() {
        List<Copy> whole = read(loader(2, 3, 2), 1, 0);
        assertThat(read(loader(2, 3, 0), 1, 1)).isEqualTo(whole.subList(1, 3));
        assertThat(read(loader(2, 3, 2), 1, 2)).isEqualTo(whole.subList(2, 3));
        assertThat(read(loader(2, 3, 2), 1, 3)).isEmpty();
    }

    @Test
    @ShowsEffectOf("random_flip")
    void drawsCropMirroringAndCaptionAnewEachEpoch() {
        DataLoader loader = loader(5, 0, 0);
        List<String> captions = new ArrayList<>();
        List<List<Float>> pixels = new ArrayList<>();
        for (int epoch = 0; epoch < 12; epoch++) {
            Copy copy = read(loader, epoch, 0).get(0);
            int at = copy.rows().indexOf(1);
            captions.add(copy.captions().get(at));
            pixels.add(copy.pixels().subList(at * 768, (at + 1) * 768));
        }
        assertThat(captions).contains("first 1", "second 1");
        assertThat(pixels.stream().distinct().count()).isGreaterThan(4);
    }

    @Test
    @ShowsEffectOf("max_train_samples")
    void takesASample() {
        CaptionedDataset sample = dataset.sample(3, 42);
        assertThat(sample.size()).isEqualTo(3);
        assertThat(dataset.sample(3, 42).captions(1)).isEqualTo(sample.captions(1));
        assertThat(sample.row(2).captions()).isEqualTo(sample.captions(2));
        assertThat(dataset.sample(100, 42).size()).isEqualTo(5);
        assertThatThrownBy(() -> dataset.sample(0, 42)).isInstanceOf(InvalidInputException.class);
    }

    @Test
    void selectsRows() {
        CaptionedDataset selected = dataset.select(3, 0);
        assertThat(List.of(selected.captions(0), selected.captions(1)))
                .isEqualTo(List.of(dataset.captions(3), dataset.captions(0)));
        assertThatThrownBy(() -> dataset.select(5)).hasMessageContainingAll("Row 5", "0 to 4");
        assertThatThrownBy(() -> dataset.select()).hasMessageContaining("at least one");
    }

    @Test
    void joinsDataSets() {
        CaptionedDataset joined = CaptionedDataset.concat(List.of(dataset.select(3, 0), dataset, dataset.select(4)));
        assertThat(joined.size()).isEqualTo(8);
        int[] expected = {3, 0, 0, 1, 2, 3, 4, 4};
        for (int row = 0; row < expected.length; row++) {
            assertThat(joined.captions(row)).isEqualTo(dataset.captions(expected[row]));
            assertThat(joined.row(row).name())
                    .isEqualTo(dataset.row(expected[row]).name());
        }
        assertThatThrownBy(() -> joined.row(8)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> CaptionedDataset.concat(List.of())).hasMessageContaining("at least one");
    }

    @Test
    void namesTheFileThatCannotBeRead(@TempDir Path folder) throws Exception {
        Files.writeString(folder.resolve("bad.png"), "text");
        Files.writeString(folder.resolve("bad.txt"), "a caption");
        CaptionedDataset bad = CaptionedDataset.open(folder);
        for (int workers : new int[] {0, 2}) {
            DataLoader loader =
                    new DataLoader(bad, RANDOM, DataLoader.Options.of(1, 0).withWorkers(workers));
            assertThatThrownBy(() -> read(loader, 0, 0))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageStartingWith(folder.resolve("bad.png") + " cannot be read as an image: ");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void endsTheWorkersAndSurvivesAnInterrupt(int workers) throws Exception {
        try (NDManager manager = NDManager.newBaseManager()) {
            Batches batches = loader(2, 3, workers).batches(manager, 0, 0);
            Thread.currentThread().interrupt();
            assertThatThrownBy(batches::next).isInstanceOf(CancellationException.class);
            assertThat(batches.hasNext()).isFalse();
        }
        assertThat(read(loader(2, 3, workers), 0, 0)).hasSize(3);
        for (int i = 0; i < 100 && workers() > 0; i++) {
            Thread.sleep(20);
        }
        assertThat(workers()).isZero();
    }

    @Test
    void checksOptions() {
        assertThatThrownBy(() -> DataLoader.Options.of(0, 0)).hasMessageContaining("batch size is 0");
        assertThatThrownBy(() -> DataLoader.Options.of(1, 0).withWorkers(-1)).hasMessageContaining("workers is -1");
    }

    private static long workers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("text2image-data"))
                .count();
    }

    private DataLoader loader(int batchSize, long seed, int workers) {
        return new DataLoader(
                dataset, RANDOM, DataLoader.Options.of(batchSize, seed).withWorkers(workers));
    }

    private static List<Copy> read(DataLoader loader, int epoch, int firstBatch) {
        List<Copy> copies = new ArrayList<>();
        try (NDManager manager = NDManager.newBaseManager();
                Batches batches = loader.batches(manager, epoch, firstBatch)) {
            while (batches.hasNext()) {
                try (Batch batch = batches.next()) {
                    List<Float> pixels = new ArrayList<>();
                    for (float value : batch.pixelValues().toFloatArray()) {
                        pixels.add(value);
                    }
                    copies.add(new Copy(pixels, batch.captions(), batch.rows()));
                }
            }
        }
        return copies;
    }
}
