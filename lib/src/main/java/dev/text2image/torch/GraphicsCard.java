package dev.text2image.torch;

import ai.djl.Device;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * An NVIDIA GPU as its driver tells of it, whether libtorch can use it or not.
 *
 * @param name its name
 * @param driver the version of the driver
 */
public record GraphicsCard(String name, String driver) {
    private static final List<String> QUESTION =
            List.of("nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader");
    /** Told by ./run and by the kernel's launcher, which look at the GPU before the JVM starts. */
    private static final String REASON = "TEXT2IMAGE_UNUSED_GPU";

    private static final String LIBRARY = "PYTORCH_LIBRARY_PATH";
    private static final double MUCH = 0.2;
    private static final double GIB = 1 << 30;

    /**
     * Asks the driver for the GPUs of this machine.
     *
     * @return the GPUs, in its order; none without a driver
     */
    public static List<GraphicsCard> all() {
        try {
            Process process = new ProcessBuilder(QUESTION)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor() == 0 ? read(answer) : List.of();
        } catch (IOException e) {
            return List.of(); // there is no nvidia-smi
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of();
        }
    }

    private static List<GraphicsCard> read(String answer) {
        return answer.lines()
                .map(line -> line.split(", ", 2))
                .filter(fields -> fields.length == 2)
                .map(fields -> new GraphicsCard(fields[0].strip(), fields[1].strip()))
                .toList();
    }

    /**
     * Says why the default device is the CPU although there is a GPU.
     *
     * @return the reason and what to do, in a line; empty if a GPU is used, if there is none, or if TEXT2IMAGE_DEVICE is {@code cpu}
     */
    public static Optional<String> whyUnused() {
        return Torch.defaultDevice().isGpu() || Torch.isCpuWanted() ? Optional.empty() : whyUnused(System.getenv());
    }

    static Optional<String> whyUnused(Map<String, String> environment) {
        String known = environment.get(REASON);
        if (known != null) {
            return Optional.of(known);
        }
        return all().stream()
                .findFirst()
                .map(card -> card.name + " is not used: "
                        + (environment.containsKey(LIBRARY)
                                ? "the libtorch of " + LIBRARY
                                        + " finds no CUDA device. Run ./run gpu, which says what is missing."
                                : "this program was started without the CUDA build of libtorch. Start it by ./run, or set the"
                                        + " variables that README.md names under GPU."));
    }

    /**
     * Lists what to know of the GPUs before something long starts: that they are not used, or that others use them.
     *
     * @param names names of devices, as for {@link Torch#devices}
     * @param count how many devices are wanted
     * @return lines for the user, often none
     */
    public static List<String> notes(String names, int count) {
        List<Device> chosen = Torch.devices(names, count);
        if (names.equalsIgnoreCase("auto") && !chosen.get(0).isGpu()) {
            return whyUnused().stream().toList();
        }
        return chosen.stream()
                .filter(Device::isGpu)
                .distinct()
                .flatMap(gpu -> taken(Torch.name(gpu), DeviceMemory.of(gpu)).stream())
                .toList();
    }

    static Optional<String> taken(String device, DeviceMemory memory) {
        long used = memory.total() - memory.free();
        return used < MUCH * memory.total()
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "Other processes have taken %.1f of %.1f GiB of %s; nvidia-smi lists them.",
                        used / GIB,
                        memory.total() / GIB,
                        device));
    }
}
