package dev.text2image.singlefile;

import ai.djl.ndarray.types.Shape;
import dev.text2image.io.InvalidInputException;
import dev.text2image.io.SafeTensorsFile;
import dev.text2image.io.TensorData;
import dev.text2image.io.TensorInfo;
import dev.text2image.models.ModelOutline;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * One part of a model in a single file.
 *
 * @param folder its folder in the layout of diffusers
 * @param outline its shape
 * @param names where each of its parameters stands
 */
record SingleFilePart(String folder, ModelOutline<?> outline, Function<String, OriginalTensor> names) {
    private static final int SHOWN = 10;

    /** What files hold beside a model's weights: averages, buffers of the noise schedule, layers that are not used. */
    private static final Pattern UNUSED =
            Pattern.compile("model_ema\\..*|global_step|logvar|first_stage_model\\.loss\\..*"
                    + "|(log_|sqrt_|posterior_|betas|alphas_cumprod|lvlb_weights).*|.*\\.position_ids"
                    + "|cond_stage_model\\.(model\\.)?logit_scale"
                    + "|cond_stage_model\\.model\\.(text_projection|attn_mask|transformer\\.resblocks\\.23\\..*)");

    /**
     * Checks by the header that a file holds exactly the tensors of some parts.
     *
     * @throws InvalidInputException listing all that are missing, unexpected or of another shape
     */
    static void check(SafeTensorsFile file, Collection<SingleFilePart> parts) {
        Set<String> missing = new TreeSet<>();
        Set<String> misshapen = new TreeSet<>();
        Set<String> unexpected = new TreeSet<>(file.tensors().keySet());
        for (SingleFilePart part : parts) {
            part.outline.shapes().forEach((key, shape) -> {
                OriginalTensor place = part.names.apply(key);
                TensorInfo info = file.tensors().get(place.name());
                unexpected.remove(place.name());
                if (info == null) {
                    missing.add(place.name());
                } else if (!fits(info.shape(), shape, place.parts())) {
                    misshapen.add(place.name() + " " + info.shape() + ", expected "
                            + (place.parts() > 1 ? place.parts() + " times " : "") + shape);
                }
            });
        }
        unexpected.removeIf(name -> UNUSED.matcher(name).matches());
        List<String> problems = new ArrayList<>();
        report(problems, "missing", missing);
        report(problems, "that fit nothing", unexpected);
        report(problems, "of another shape", misshapen);
        if (!problems.isEmpty()) {
            throw new InvalidInputException(
                    file.file() + " is no model of Stable Diffusion 1 or 2 as it should be: "
                            + String.join("; ", problems)
                            + ". Check the file; for a model of another shape, give the configurations of such a model with --config.");
        }
    }

    private static void report(List<String> problems, String what, Set<String> names) {
        if (!names.isEmpty()) {
            String more = names.size() > SHOWN ? " and " + (names.size() - SHOWN) + " more" : "";
            String shown = String.join(", ", names.stream().limit(SHOWN).toList());
            problems.add(names.size() + " tensors " + what + " (" + shown + more + ")");
        }
    }

    /** The original autoencoder has 1 × 1 convolutions where diffusers has linear layers: the same numbers in the same order. */
    private static boolean fits(List<Long> stored, Shape shape, int parts) {
        List<Long> expected = new ArrayList<>(dimensions(shape));
        expected.set(0, parts * expected.get(0));
        if (stored.equals(expected)) {
            return true;
        }
        expected.addAll(List.of(1L, 1L));
        return stored.equals(expected);
    }

    /** Writes the part as diffusers does, with the numbers as they are. */
    void write(SafeTensorsFile file, Path target) {
        Map<String, TensorData> tensors = new LinkedHashMap<>();
        outline.shapes().forEach((key, shape) -> {
            OriginalTensor place = names.apply(key);
            ByteBuffer data = file.data(place.name());
            int size = data.remaining() / place.parts();
            ByteBuffer part = data.slice(place.part() * size, size).order(ByteOrder.LITTLE_ENDIAN);
            tensors.put(key, new TensorData(file.info(place.name()).dtype(), dimensions(shape), part));
        });
        outline.copy(target, tensors);
    }

    private static List<Long> dimensions(Shape shape) {
        return Arrays.stream(shape.getShape()).boxed().toList();
    }
}
