package dev.text2image.data;

import dev.text2image.data.formats.ImageReader;
import dev.text2image.data.images.Transparency;
import dev.text2image.io.SafeTensorsFile;
import dev.text2image.models.ModelOutline;
import dev.text2image.pipelines.PipelineDirectory;
import dev.text2image.testing.Campaign;
import dev.text2image.testing.Fixtures;
import dev.text2image.testing.TestFiles;
import dev.text2image.tokenizers.CLIPTokenizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** Reads damaged files of every kind but those of a training run, in a process of its own. */
final class DamagedFiles {
    private final Path directory;
    private final Campaign campaign;

    private DamagedFiles(Path directory) {
        this.directory = directory;
        campaign = new Campaign(directory);
    }

    public static void main(String[] arguments) throws IOException {
        DamagedFiles files = new DamagedFiles(Path.of(arguments[0]));
        files.images();
        files.knownImages();
        files.safeTensors();
        files.datasets();
        files.pipeline();
        files.campaign.end();
    }

    private void images() throws IOException {
        for (String name : new String[] {
            "images/420.jpg",
            "images/progressive.jpg",
            "images/rgb.png",
            "images/palette-4-bit.png",
            "images/palette.gif",
            "images/rgb.bmp",
            "images/rgb.tif",
            "images/rgb.ppm",
            "webp/lossy-37x29.webp",
            "webp/alpha-lossy-odd.webp",
            "webp/lossless-few-colours.webp",
            "webp/animated-exif-7.webp"
        }) {
            campaign.runBytes(name, fixture(name), DamagedFiles::readImage);
        }
    }

    /** Sizes that the files do not have; each took more than 64 MiB once. */
    private void knownImages() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(TestFiles.resource("damaged"))) {
            for (Path file : files) {
                campaign.refuses(file, Files.readAllBytes(file), DamagedFiles::readImage);
            }
        }
    }

    private static void readImage(byte[] bytes, String name) {
        ImageReader.read(bytes, name, Transparency.ON_WHITE);
    }

    private void safeTensors() throws IOException {
        byte[] header = text(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
                        + "\"b\":{\"dtype\":\"BF16\",\"shape\":[4],\"data_offsets\":[24,32]},\"__metadata__\":{\"format\":\"pt\"}}");
        ByteBuffer file = ByteBuffer.allocate(8 + header.length + 32).order(ByteOrder.LITTLE_ENDIAN);
        campaign.run(
                "model.safetensors", file.putLong(header.length).put(header).array(), path -> {
                    try (SafeTensorsFile tensors = SafeTensorsFile.open(path)) {
                        tensors.tensors().keySet().forEach(tensors::data);
                    }
                });
    }

    private void datasets() throws IOException {
        campaign.run("lists.parquet", fixture("parquet/lists.parquet"), DamagedFiles::readDataset);
        Path folder = Files.createDirectory(directory.resolve("folder"));
        Files.write(folder.resolve("a.png"), fixture("images/rgb.png"));
        Files.write(folder.resolve("b.png"), fixture("images/rgb.png"));
        String json =
                "{\"file_name\": \"a.png\", \"text\": \"a cat\"}\n{\"file_name\": \"b.png\", \"text\": [\"a\", \"b\"]}\n";
        campaign.run("folder/metadata.jsonl", text(json), file -> readDataset(folder));
        Files.delete(folder.resolve("metadata.jsonl"));
        String csv = "file_name,text\na.png,\"a cat, a dog\"\nb.png,a bird\n";
        campaign.run("folder/metadata.csv", text(csv), file -> readDataset(folder));
    }

    private static void readDataset(Path path) {
        try (CaptionedDataset dataset = CaptionedDataset.open(path)) {
            for (int i = 0; i < dataset.size(); i++) {
                dataset.row(i);
            }
        }
    }

    /** A pipeline without weights, of which the small files are read. */
    private void pipeline() throws IOException {
        String vocabulary =
                "{\"a\":0,\"b\":1,\"b</w>\":2,\"ab\":3,\"ab</w>\":4,\"<|startoftext|>\":5,\"<|endoftext|>\":6}";
        String special =
                "{\"bos_token\":\"<|startoftext|>\",\"eos_token\":{\"content\":\"<|endoftext|>\",\"lstrip\":false},"
                        + "\"unk_token\":\"<|endoftext|>\",\"pad_token\":\"<|endoftext|>\"}";
        part("tokenizer/vocab.json", text(vocabulary));
        part("tokenizer/merges.txt", text("#version: 0.2\na b\na b</w>\n"));
        part("tokenizer/special_tokens_map.json", text(special));
        part("tokenizer/tokenizer_config.json", text("{\"model_max_length\":77,\"pad_token\":\"<|endoftext|>\"}"));
        for (String weights : new String[] {
            "text_encoder/model.safetensors",
            "unet/diffusion_pytorch_model.safetensors",
            "vae/diffusion_pytorch_model.safetensors"
        }) {
            part(weights, new byte[0]);
        }
        String[] configurations = {
            "model_index.json",
            "scheduler/scheduler_config.json",
            "text_encoder/config.json",
            "unet/config.json",
            "vae/config.json"
        };
        for (String name : configurations) {
            part(name, fixture("tiny-sd1/" + name));
        }
        Path model = directory.resolve("model");
        damage("model_index.json", file -> PipelineDirectory.open(model).modelIndex());
        PipelineDirectory whole = PipelineDirectory.open(model);
        damage("scheduler/scheduler_config.json", file -> whole.scheduler());
        damage("text_encoder/config.json", file -> ModelOutline.readTextEncoder(whole.textEncoder()));
        damage("unet/config.json", file -> ModelOutline.readUnet(whole.unet()));
        damage("vae/config.json", file -> ModelOutline.readVae(whole.vae()));
        for (String name :
                new String[] {"vocab.json", "merges.txt", "special_tokens_map.json", "tokenizer_config.json"}) {
            damage(
                    "tokenizer/" + name,
                    file -> CLIPTokenizer.load(Objects.requireNonNull(file.getParent()))
                            .encode("ab b a"));
        }
    }

    private void damage(String name, Campaign.Reading reading) throws IOException {
        campaign.run(
                "model/" + name, Files.readAllBytes(directory.resolve("model").resolve(name)), reading);
    }

    private void part(String name, byte[] content) throws IOException {
        Path file = directory.resolve("model").resolve(name);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.write(file, content);
    }

    private static byte[] fixture(String name) throws IOException {
        return Files.readAllBytes(Fixtures.DIRECTORY.resolve(name));
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
