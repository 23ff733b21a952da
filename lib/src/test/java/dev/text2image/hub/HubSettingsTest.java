package dev.text2image.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The variables of huggingface_hub (constants.py, utils/_auth.py). */
class HubSettingsTest {
    @Test
    void theCacheIsWherePythonHasIt() {
        assertThat(cache(Map.of("HOME", "/home/ada"))).isEqualTo(Path.of("/home/ada/.cache/huggingface/hub"));
        assertThat(cache(Map.of("HOME", "/h", "XDG_CACHE_HOME", "/x"))).isEqualTo(Path.of("/x/huggingface/hub"));
        assertThat(cache(Map.of("HOME", "/h", "HF_HOME", "~/hf"))).isEqualTo(Path.of("/h/hf/hub"));
        assertThat(cache(Map.of("HF_HOME", "/a", "DISK", "/d", "HF_HUB_CACHE", "${DISK}/c")))
                .isEqualTo(Path.of("/d/c"));
        assertThat(cache(Map.of("HUGGINGFACE_HUB_CACHE", "/old"))).isEqualTo(Path.of("/old"));
    }

    private static Path cache(Map<String, String> environment) {
        return HubSettings.of(environment).cache();
    }

    @Test
    void theTokenIsLookedForAsInPython(@TempDir Path home) throws IOException {
        Files.writeString(home.resolve("token"), "hf_file\n");
        String folder = home.toString();
        assertThat(token(Map.of("HF_HOME", folder))).contains("Bearer hf_file");
        assertThat(token(Map.of("HF_HOME", folder, "HF_TOKEN", " hf_variable\r\n")))
                .contains("Bearer hf_variable");
        assertThat(token(Map.of("HF_HOME", folder, "HUGGING_FACE_HUB_TOKEN", "hf_old")))
                .contains("Bearer hf_old");
        assertThat(token(Map.of("HF_TOKEN_PATH", folder + "/token", "HF_HOME", "/none")))
                .contains("Bearer hf_file");
        assertThat(token(Map.of("HF_HOME", folder, "HF_HUB_DISABLE_IMPLICIT_TOKEN", "yes")))
                .isEmpty();
        assertThat(token(Map.of("HF_HOME", "/none"))).isEmpty();
    }

    private static Optional<String> token(Map<String, String> environment) {
        return Optional.ofNullable(HubSettings.of(environment).token()).map(AccessToken::authorization);
    }

    @Test
    void switchesAreReadAsInPython() {
        assertThat(HubSettings.of(Map.of("HF_HUB_OFFLINE", "1")).offline()).isTrue();
        assertThat(HubSettings.of(Map.of("TRANSFORMERS_OFFLINE", "true")).offline())
                .isTrue();
        assertThat(HubSettings.of(Map.of("HF_HUB_OFFLINE", "0", "TRANSFORMERS_OFFLINE", "1"))
                        .offline())
                .isFalse();
        assertThat(HubSettings.of(Map.of("HF_HUB_DISABLE_SYMLINKS", "ON")).links())
                .isFalse();
        assertThat(HubSettings.of(Map.of("HF_HUB_DOWNLOAD_TIMEOUT", "30")).timeout())
                .hasSeconds(30);
        assertThat(HubSettings.of(Map.of("HF_ENDPOINT", "http://mirror:8080/")).endpoint())
                .isEqualTo(URI.create("http://mirror:8080"));
    }

    @Test
    void whatCannotBeUsedIsNamedWithoutAToken() {
        assertThatThrownBy(() -> HubSettings.of(Map.of("HF_ENDPOINT", "https://ada:secret@hub")))
                .hasMessageContaining("HF_ENDPOINT is no address of a hub")
                .hasMessageNotContaining("secret");
        assertThatThrownBy(() -> HubSettings.of(Map.of("HF_TOKEN", "hf_se cret")))
                .hasMessage(
                        "The token from the variable HF_TOKEN holds blanks or letters that no token has; copy it once more.");
        assertThatThrownBy(() -> HubSettings.of(Map.of("HF_HUB_DOWNLOAD_TIMEOUT", "soon")))
                .hasMessageContaining("HF_HUB_DOWNLOAD_TIMEOUT is soon");
    }
}
