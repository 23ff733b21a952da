package dev.text2image.lora;

import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the name of a tensor in a LoRA file says (diffusers, lora_conversion_utils.py and state_dict_utils.py).
 *
 * @param component the model that is changed
 * @param layer the layer as the file has it; kohya's scripts write underscores for dots
 * @param role what the tensor is
 * @param format the form that the name belongs to
 */
record LoraKey(LoraComponent component, String layer, Role role, LoraFormat format) {
    /** The parts of an adapter. */
    enum Role {
        DOWN,
        UP,
        ALPHA
    }

    private static final String COMPONENT = "(?:(unet|text_encoder)\\.)?";
    private static final Pattern KOHYA =
            Pattern.compile("lora_(unet|te|te1)_([^.]+)\\.(lora_down\\.weight|lora_up\\.weight|alpha)");
    private static final Pattern PEFT = Pattern.compile(
            "(?:base_model\\.model\\.)?" + COMPONENT + "(.+)\\.(lora_A|lora_B)(?:\\.default)?\\.weight");
    private static final Pattern DIFFUSERS =
            Pattern.compile(COMPONENT + "(.+)\\.(?:lora|lora_linear_layer)\\.(down|up)\\.weight");
    private static final Pattern OLD =
            Pattern.compile(COMPONENT + "(.+?)(?:\\.processor)?\\.to_(q|k|v|out)_lora\\.(down|up)\\.weight");
    private static final Pattern TEXT_LAYER = Pattern.compile("(?:text_model\\.)?encoder\\.layers\\..*");
    private static final Pattern ALPHA = Pattern.compile(COMPONENT + "(.+)\\.alpha");
    private static final Map<String, Role> ROLES = Map.of(
            "lora_down.weight", Role.DOWN,
            "lora_up.weight", Role.UP,
            "lora_A", Role.DOWN,
            "lora_B", Role.UP,
            "down", Role.DOWN,
            "up", Role.UP,
            "alpha", Role.ALPHA);

    /** Reads a name; empty if it belongs to no known form. */
    static Optional<LoraKey> parse(String name) {
        Matcher kohya = KOHYA.matcher(name);
        if (kohya.matches()) {
            LoraComponent component = kohya.group(1).equals("unet") ? LoraComponent.UNET : LoraComponent.TEXT_ENCODER;
            return Optional.of(new LoraKey(component, kohya.group(2), role(kohya.group(3)), LoraFormat.KOHYA));
        }
        Matcher old = OLD.matcher(name);
        if (old.matches()) {
            LoraComponent component = component(old.group(1), old.group(2));
            String layer = old.group(2) + "." + component.attentionLayer(old.group(3));
            return Optional.of(new LoraKey(component, layer, role(old.group(4)), LoraFormat.OLD_DIFFUSERS));
        }
        return dotted(PEFT.matcher(name), LoraFormat.PEFT)
                .or(() -> dotted(DIFFUSERS.matcher(name), LoraFormat.DIFFUSERS))
                .or(() -> dotted(ALPHA.matcher(name), LoraFormat.DIFFUSERS));
    }

    private static Optional<LoraKey> dotted(Matcher name, LoraFormat format) {
        if (!name.matches()) {
            return Optional.empty();
        }
        Role role = name.groupCount() < 3 ? Role.ALPHA : role(name.group(3));
        return Optional.of(new LoraKey(component(name.group(1), name.group(2)), name.group(2), role, format));
    }

    private static Role role(String text) {
        return Objects.requireNonNull(ROLES.get(text), text);
    }

    /** Files of one model alone, as the UNet's own method and peft save them, leave the component out. */
    private static LoraComponent component(@Nullable String prefix, String layer) {
        if (prefix != null) {
            return LoraComponent.valueOf(prefix.toUpperCase(Locale.ROOT));
        }
        return TEXT_LAYER.matcher(layer).matches() ? LoraComponent.TEXT_ENCODER : LoraComponent.UNET;
    }

    /** The name of a tensor in a file that is written. */
    static String write(LoraFormat format, LoraComponent component, String layer, Role role) {
        boolean down = role == Role.DOWN;
        if (format == LoraFormat.KOHYA) {
            String end = role == Role.ALPHA ? ".alpha" : down ? ".lora_down.weight" : ".lora_up.weight";
            return "lora_" + component.kohyaName() + "_" + layer.replace('.', '_') + end;
        }
        boolean renamed = format == LoraFormat.DIFFUSERS && component.isAttention(layer);
        String end = renamed ? component.infix() + (down ? ".down" : ".up") : down ? ".lora_A" : ".lora_B";
        return component.prefix() + "." + layer + end + ".weight";
    }
}
