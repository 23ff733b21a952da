package dev.text2image.torch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.StandardCapabilities;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.util.cuda.CudaUtils;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** Devices and seeds of libtorch. */
public final class Torch {
    private static final Engine ENGINE = Engine.getEngine("PyTorch");
    /** With the value {@code cpu} no GPU is used, or looked for. */
    private static final String DEVICE = "TEXT2IMAGE_DEVICE";

    static {
        SpinGuard.start();
    }

    private Torch() {}

    /**
     * Returns the device that models run on by default.
     *
     * @return the first CUDA device if libtorch finds one and the environment has not TEXT2IMAGE_DEVICE=cpu, else the CPU;
     *     {@link GraphicsCard#whyUnused} says why
     */
    public static Device defaultDevice() {
        return !isCpuWanted() && gpuCount() > 0 ? Device.gpu() : Device.cpu();
    }

    static boolean isCpuWanted() {
        return "cpu".equalsIgnoreCase(System.getenv(DEVICE));
    }

    /**
     * Counts the GPUs that libtorch can use. DJL counts those of CUDA's runtime library, which may be there while libtorch is the build
     * for the CPU.
     *
     * @return at least 0
     */
    public static int gpuCount() {
        return ENGINE.hasCapability(StandardCapabilities.CUDA) ? ENGINE.getGpuCount() : 0;
    }

    /**
     * Reads a device from its name in PyTorch.
     *
     * @param name {@code "auto"}, {@code "cpu"}, {@code "cuda"} or {@code "cuda:N"}
     * @return the device
     * @throws IllegalArgumentException if the name is none of these or the machine lacks the device
     */
    public static Device device(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.equals("auto")) {
            return defaultDevice();
        }
        if (lower.equals("cpu")) {
            return Device.cpu();
        }
        if (!lower.matches("cuda(:\\d{1,3})?")) {
            throw new IllegalArgumentException("Unknown device '" + name + "'; use auto, cpu, cuda or cuda:N.");
        }
        int index = lower.equals("cuda") ? 0 : Integer.parseInt(lower.substring("cuda:".length()));
        int count = gpuCount();
        if (index >= count) {
            throw new IllegalArgumentException("Device '" + name + "' was asked for, but PyTorch sees " + count
                    + " CUDA devices; use cpu. "
                    + GraphicsCard.whyUnused(System.getenv())
                            .orElse("./run gpu says which GPU is used, and why none."));
        }
        return Device.gpu(index);
    }

    /**
     * Reads the devices of a run.
     *
     * @param names names as for {@link #device}, with commas between several
     * @param count how many devices are wanted; with a single name so many GPUs from the first one on, or so many times the CPU
     * @return the devices, in order
     * @throws IllegalArgumentException if a name is unknown, the machine lacks a device, or the names are not as many
     */
    public static List<Device> devices(String names, int count) {
        List<String> listed = List.of(names.split("\\s*,\\s*"));
        if (listed.size() == count) {
            return listed.stream().map(Torch::device).toList();
        }
        if (listed.size() > 1 || names.contains(":")) {
            throw new IllegalArgumentException("Device '" + names + "' names " + listed.size() + " devices, but "
                    + count + " are wanted; name as many.");
        }
        Device first = device(names);
        return first.isGpu()
                ? IntStream.range(0, count).mapToObj(i -> device("cuda:" + i)).toList()
                : Collections.nCopies(count, first);
    }

    /**
     * Returns the name of a device in PyTorch.
     *
     * @param device the device
     * @return {@code "cpu"} or {@code "cuda:N"}
     */
    public static String name(Device device) {
        return device.isGpu() ? "cuda:" + device.getDeviceId() : "cpu";
    }

    /**
     * Returns the generation of a GPU.
     *
     * @param device a CUDA device
     * @return its compute capability without the dot, for example 80
     */
    public static int computeCapability(Device device) {
        return Integer.parseInt(CudaUtils.getComputeCapability(device.getDeviceId()));
    }

    /**
     * Opens a manager that owns native tensors until it is closed.
     *
     * @param device where its tensors are created
     * @return a new manager, to be closed by the caller
     */
    public static NDManager newManager(Device device) {
        return ENGINE.newBaseManager(device);
    }

    /**
     * Seeds libtorch's generators; the CPU stream equals that of Python's {@code torch.manual_seed}.
     *
     * @param seed the seed
     */
    public static void seed(long seed) {
        JniUtils.setSeed(seed);
    }

    /**
     * Chooses whether matrix products of float32 numbers on CUDA devices from the Ampere generation on may round their factors to 10
     * bits (TF32), as {@code torch.backends.cuda.matmul.allow_tf32} does. It holds for the whole process and has no effect on a CPU.
     *
     * @param allowed whether they may; false at the start, unless the environment has TORCH_ALLOW_TF32_CUBLAS_OVERRIDE=1
     * @throws UnsupportedOperationException if this platform's libtorch does not have the switch where it is looked for
     */
    public static void allowTf32(boolean allowed) {
        NativeContext.allowTf32(allowed);
    }

    /**
     * Says whether TF32 is allowed.
     *
     * @return libtorch's own answer
     * @throws UnsupportedOperationException as {@link #allowTf32}
     */
    public static boolean allowsTf32() {
        return NativeContext.allowsTf32();
    }

    /**
     * Returns how many threads compute one operation on the CPU.
     *
     * @return libtorch's own answer, for the calling thread
     */
    public static int threads() {
        return JniUtils.getNumThreads();
    }

    /**
     * Chooses how many threads compute one operation on the CPU, for the calling thread, and for those that have not asked for any
     * operation before.
     *
     * @param count at least 1
     */
    public static void setThreads(int count) {
        JniUtils.getNumThreads(); // a thread's first operation sets the number that was chosen last by any thread
        JniUtils.setNumThreads(count);
    }

    /**
     * Returns the version of the engine, for reports.
     *
     * @return libtorch's version, for example {@code "2.7.1"}
     */
    public static String version() {
        return ENGINE.getVersion();
    }
}
