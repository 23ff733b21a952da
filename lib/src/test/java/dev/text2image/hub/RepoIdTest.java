package dev.text2image.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The names that huggingface_hub takes and refuses (tests/test_utils_validators.py), and others. */
class RepoIdTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "123",
                "foo",
                "foo/bar",
                "Foo-BAR_foo.bar123",
                "a/b",
                "stable-diffusion-v1-5/stable-diffusion-v1-5"
            })
    void namesOfTheHubAreTaken(String name) {
        assertThat(RepoId.model(name).name()).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "datasets/foo/bar",
                ".repo_id",
                "repo_id.",
                "foo--bar",
                "foo..bar",
                "foo.git",
                "",
                "/",
                "a/",
                "/a",
                "../a",
                "a/..",
                "a\\b",
                "a b",
                "a/b?c",
                "a/b#c",
                "a%2fb",
                "a:b",
                "-a"
            })
    void othersAreRefused(String name) {
        assertThatThrownBy(() -> RepoId.model(name))
                .isInstanceOf(HubException.class)
                .hasMessageContaining("is no name of a model");
    }

    @Test
    void aNameHasNinetySixLettersAtMost() {
        assertThat(RepoId.model("a".repeat(96)).name()).hasSize(96);
        assertThatThrownBy(() -> RepoId.model("a".repeat(97))).hasMessageContaining("at most 96");
    }

    @Test
    void whatIsThereIsNoName(@TempDir Path directory) throws IOException {
        assertThat(RepoId.of(RepoType.MODEL, Path.of("ada/engine"))).contains(RepoId.model("ada/engine"));
        assertThat(RepoId.of(RepoType.MODEL, Path.of("src/test"))).isEmpty();
        assertThat(RepoId.of(RepoType.MODEL, Files.createDirectories(directory.resolve("a/b"))))
                .isEmpty();
        assertThat(RepoId.of(RepoType.MODEL, Path.of("engine"))).isEmpty();
        assertThat(RepoId.of(RepoType.MODEL, Path.of("../engine"))).isEmpty();
        assertThat(RepoId.of(RepoType.MODEL, Path.of("a/b/c"))).isEmpty();
    }
}
