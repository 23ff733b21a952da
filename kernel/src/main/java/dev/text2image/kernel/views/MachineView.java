package dev.text2image.kernel.views;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;
import dev.text2image.nn.Precision;
import dev.text2image.nn.speed.PrecisionSpeed;
import dev.text2image.torch.DeviceMemory;
import dev.text2image.torch.GraphicsCard;
import dev.text2image.torch.Torch;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Stream;

/** What the machine has and how much of it is used: {@code %memory} and {@code %device}. */
public final class MachineView {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path PROCESSOR = Path.of("/proc/cpuinfo");
    private static final double AMPERE = 8.0;
    private static final double VOLTA = 7.0;

    private MachineView() {}

    /**
     * Shows the memory of the machine.
     *
     * @return the memory, by what needs it
     */
    public static Html memory() {
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
                    graphics(gpu, GraphicsCard::name));
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

    /**
     * Shows where tensors are computed.
     *
     * @return the device and what it can do
     */
    public static Html device() {
        Device device = Torch.defaultDevice();
        var sheet = Sheet.ofValues("");
        sheet.row("device", ArrayView.device(device));
        sheet.row("name", device.isGpu() ? graphics(device.getDeviceId(), GraphicsCard::name) : processor());
        sheet.row("memory", DeviceMemory.of(device).toString());
        if (device.isGpu()) {
            sheet.row("driver", graphics(device.getDeviceId(), GraphicsCard::driver));
            sheet.row("compute capability", CudaUtils.getComputeCapability(device.getDeviceId()));
            sheet.row("CUDA", CudaUtils.getCudaVersionString());
        }
        sheet.row(
                "threads",
                Torch.threads() + " of " + Values.count(Runtime.getRuntime().availableProcessors(), "processor"));
        sheet.row("fp32", device.isGpu() && Torch.allowsTf32() ? "yes, matrix products in TF32" : "yes");
        sheet.row("bf16", device.isGpu() ? onGraphics(device, AMPERE) : bfloat16OnProcessor(device));
        sheet.row("fp16", device.isGpu() ? onGraphics(device, VOLTA) : "yes, but far slower than fp32");
        sheet.row("fastest in training", fastest(device));
        sheet.row("engine", "libtorch " + Torch.version());
        GraphicsCard.whyUnused().ifPresent(sheet::note);
        return sheet.html();
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

    private static String fastest(Device device) {
        Precision precision = PrecisionSpeed.fastest(device, PrecisionSpeed.Work.TRAINING);
        return precision.name().toLowerCase(Locale.ROOT) + ", which --mixed_precision auto takes";
    }

    private static String graphics(int index, Function<GraphicsCard, String> property) {
        return GraphicsCard.all().stream().skip(index).findFirst().map(property).orElse("unknown");
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            return Stream.empty(); // not Linux
        }
    }
}
