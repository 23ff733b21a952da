package dev.text2image.torch;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * The memory of a device.
 *
 * @param total its size in bytes; for the CPU that of main memory, or the limit of the container (cgroup) if there is one
 * @param free what can still be used in bytes; for the CPU without swapping
 */
public record DeviceMemory(long total, long free) {
    private static final double GIB = 1 << 30;
    private static final String EXHAUSTED = "CUDA out of memory";
    private static final Path MEMINFO = Path.of("/proc/meminfo");

    /**
     * Asks for the memory of a device.
     *
     * @param device the CPU or a CUDA device
     * @return its memory now
     */
    public static DeviceMemory of(Device device) {
        if (device.isGpu()) {
            MemoryUsage usage = CudaUtils.getGpuMemory(device);
            return new DeviceMemory(usage.getMax(), usage.getMax() - usage.getCommitted());
        }
        return main();
    }

    /**
     * Asks for main memory.
     *
     * @return its memory now
     */
    public static DeviceMemory main() {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long total = system.getTotalMemorySize();
        long unused = system.getFreeMemorySize();
        boolean limited = meminfo("MemTotal").orElse(total) > total;
        // Without a limit of its own the process may also take what the system's file cache holds now.
        return new DeviceMemory(
                total, limited ? unused : meminfo("MemAvailable").orElse(unused));
    }

    /**
     * Finds out whether a failure is that of a GPU's memory.
     *
     * @param failure what libtorch threw, or what it caused
     * @return libtorch's sentences, which say how much was asked for, how much is free and which processes have the rest; empty for
     *     other failures
     */
    public static Optional<String> exhausted(Throwable failure) {
        return Stream.iterate(failure, Objects::nonNull, Throwable::getCause)
                .map(Throwable::getMessage)
                .filter(message -> message != null && message.startsWith(EXHAUSTED))
                .findFirst()
                .flatMap(message -> message.lines().findFirst());
    }

    private static OptionalLong meminfo(String key) {
        try (Stream<String> lines = Files.lines(MEMINFO)) {
            return lines.filter(line -> line.startsWith(key + ":"))
                    .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst();
        } catch (IOException e) {
            return OptionalLong.empty(); // not Linux
        }
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.1f GiB free of %.1f GiB", free / GIB, total / GIB);
    }
}
