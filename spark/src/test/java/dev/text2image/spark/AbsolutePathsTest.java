package dev.text2image.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Paths that executors find; the directory of the tests has src and pom.xml. */
class AbsolutePathsTest {
    @ParameterizedTest
    @CsvSource({
        "--output_dir out/new, --output_dir HERE/out/new",
        "train --output_dir out evaluate --seed 1, train --output_dir HERE/out evaluate --seed 1",
        "--output_dir=out/new, --output_dir=HERE/out/new",
        "--train_data_dir src, --train_data_dir HERE/src",
        "--train_data_dir user/name, --train_data_dir user/name",
        "--reference_data_dir src src/main --seed 1, --reference_data_dir HERE/src HERE/src/main --seed 1",
        "--pretrained_model_name_or_path src, --pretrained_model_name_or_path HERE/src",
        "--lora pom.xml:0.5 --lora pom.xml, --lora HERE/pom.xml:0.5 --lora HERE/pom.xml",
        "--prompt src --prompt_file pom.xml, --prompt src --prompt_file HERE/pom.xml",
        "--logging_dir src, --logging_dir src"
    })
    void pathsAreThoseOfTheDriver(String words, String expected) {
        String here = Path.of("").toAbsolutePath().toString();
        assertThat(AbsolutePaths.in(List.of(words.split(" "))))
                .containsExactly(expected.replace("HERE", here).split(" "));
    }
}
