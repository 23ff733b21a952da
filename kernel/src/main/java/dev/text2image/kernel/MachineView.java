package dev.text2image.kernel;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;
import dev.text2image.nn.Precision;
import dev.text2image.nn.PrecisionSpeed;
import dev.text2image.torch.DeviceMemory;
import dev.text2image.torch.Torch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** What the machine has and how much of it is used: {@code %memory} and {@code %device}. */
final class MachineView {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path PROCESSOR = Path.of("/proc/cpuinfo");
    private static final Path GRAPHICS = Path.of("/proc/driver/nvidia/gpus");
    private static final double AMPERE = 8.0;
    private static final double VOLTA = 7.0;

    private MachineView() {}

    static Html memory() {
        MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        MemoryUsage rest = ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage();
        DeviceMemory main = DeviceMemory.main();
        var sheet = new Sheet("").left("memory").right("used").right("of").left("what it is");
        sheet.row(
                "Java heap", Values.bytes(heap.getUsed()), Values.bytes(heap.getMax()), "Java objects, images, tables");
        sheet.row("Java, other", Values.bytes(rest.getUsed() + buffers()), "", "classes, compiled code, buffers");
        status("VmRSS").ifPresent(resident -> {
            long tensors = Math.max(0, resident - heap.getCommitted() - rest.getCommitted() - buffers());
            sheet.row("native, about", Values.bytes(tensors), "", "tensors, libtorch");
            sheet.row("process", Values.bytes(resident), Values.bytes(main.total()), "all of it in main memory");
        });
        status("VmHWM").ifPresent(peak -> sheet.row("process, peak", Values.bytes(peak), "", "the most so far"));
        sheet.row("machine", Values.bytes(main.total() - main.free()), Values.bytes(main.total()), "all processes");
        for (int gpu = 0; gpu < CudaUtils.getGpuCount(); gpu++) {
            DeviceMemory memory = DeviceMemory.of(Device.gpu(gpu));
            sheet.row(
                    "cuda:" + gpu,
                    Values.bytes(memory.total() - memory.free()),
                    Values.bytes(memory.total()),
                    graphics(gpu));
        }
        return sheet.html();
    }

    private static long buffers() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    /** A size that Linux tells of this process; empty elsewhere. */
    private static OptionalLong status(String key) {
        return lines(STATUS)
                .filter(line -> line.startsWith(key + ":"))
                .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst();
    }

    static Html device() {
        Device device = Torch.defaultDevice();
        var sheet = Sheet.ofValues("");
        sheet.row("device", ArrayView.device(device) + (device.isGpu() ? "" : " (no CUDA device was found)"));
        sheet.row("name", device.isGpu() ? graphics(device.getDeviceId()) : processor());
        sheet.row("memory", DeviceMemory.of(device).toString());
        if (device.isGpu()) {
            sheet.row("compute capability", CudaUtils.getComputeCapability(device.getDeviceId()));
            sheet.row("CUDA", CudaUtils.getCudaVersionString());
        }
        sheet.row(
                "threads",
                Torch.threads() + " of " + Values.count(Runtime.getRuntime().availableProcessors(), "processor"));
        sheet.row("fp32", device.isGpu() && Torch.allowsTf32() ? "yes, matrix products in TF32" : "yes");
        sheet.row("bf16", device.isGpu() ? onGraphics(device, AMPERE) : bfloat16OnProcessor(device));
        sheet.row("fp16", device.isGpu() ? onGraphics(device, VOLTA) : "yes, but far slower than fp32");
        return sheet.row("engine", "libtorch " + Torch.version()).html();
    }

    private static String onGraphics(Device device, double capability) {
        double found = Double.parseDouble(CudaUtils.getComputeCapability(device.getDeviceId())) / 10;
        return found >= capability ? "yes, in tensor cores" : "yes, without tensor cores";
    }

    /** Measured, as the instructions that a processor has do not tell. */
    private static String bfloat16OnProcessor(Device device) {
        return PrecisionSpeed.warning(Precision.BF16, device, PrecisionSpeed.Work.TRAINING)
                .map(slower -> "yes, but slower: " + slower)
                .orElse("yes, not slower than fp32");
    }

    private static String processor() {
        return processorField("model name", "Model").orElse(System.getProperty("os.arch"));
    }

    private static Optional<String> processorField(String... names) {
        List<String> wanted = List.of(names);
        return lines(PROCESSOR)
                .map(line -> line.split(":", 2))
                .filter(parts -> parts.length == 2 && wanted.contains(parts[0].strip()))
                .map(parts -> parts[1].strip())
                .findFirst();
    }

    private static String graphics(int index) {
        try (Stream<Path> cards = Files.list(GRAPHICS)) {
            return cards.sorted()
                    .skip(index)
                    .flatMap(card -> lines(card.resolve("information")))
                    .filter(line -> line.startsWith("Model:"))
                    .map(line -> line.substring("Model:".length()).strip())
                    .findFirst()
                    .orElse("NVIDIA GPU");
        } catch (IOException | UncheckedIOException e) {
            return "NVIDIA GPU";
        }
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            return Stream.empty(); // not Linux
        }
    }
}
