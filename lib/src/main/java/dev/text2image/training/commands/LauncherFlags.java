package dev.text2image.training.commands;

import dev.text2image.io.InvalidInputException;
import dev.text2image.io.NearestName;
import dev.text2image.torch.Torch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The flags of {@code accelerate launch} and {@code torchrun}: those that decide about a run, and notes on those that cannot.
 *
 * @param settings what they say about hyper-parameters; the script's own flags win over it
 * @param notes what has no effect here
 */
record LauncherFlags(Map<String, List<String>> settings, List<String> notes) {
    private static final String PRECISION = "mixed_precision";
    private static final String CPU = "cpu";
    private static final String MULTI_GPU = "multi_gpu";
    private static final String GPU_IDS = "gpu_ids";
    private static final String DEVICE = "device";
    private static final String PROCESSES = "num_processes";
    private static final String PROCESSES_ON_NODE = "nproc_per_node";
    private static final String CONFIG_FILE = "config_file";
    private static final Set<String> PROCESS_COUNTS = Set.of(PROCESSES, PROCESSES_ON_NODE);
    /** Values of theirs that are no numbers ask for all GPUs, or for the usual one. */
    private static final Set<String> CHOOSE_GPUS = Set.of(MULTI_GPU, GPU_IDS, PROCESSES, PROCESSES_ON_NODE);

    private static final Set<String> WITHOUT_EFFECT = Set.of(
            "num_machines",
            "nnodes",
            "machine_rank",
            "node_rank",
            "same_network",
            "main_process_ip",
            "main_process_port",
            "master_addr",
            "master_port",
            "standalone",
            "max_restarts",
            "monitor_interval",
            "tee",
            "role",
            "log_dir",
            "quiet",
            "debug",
            "tpu",
            "module",
            "env",
            "num_cpu_threads_per_process",
            "enable_cpu_affinity",
            "main_training_function",
            "downcast_bf16",
            "use_deepspeed",
            "use_fsdp",
            "use_megatron_lm",
            "use_parallelism_config",
            "gradient_accumulation_steps",
            "gradient_clipping");
    /** Families of flags that choose a compiler, or how several machines work together. */
    private static final Pattern FAMILY = Pattern.compile(
            "(dynamo|rdzv|deepspeed|zero|zero3|offload|fsdp|megatron_lm|parallelism_config|fp8|tpu|aws|mpirun)_\\w+");

    /** Values that ask for what happens here anyway. */
    private static final Set<String> USUAL = Set.of("0", "1", "no", "false", "none");

    /**
     * Reads the words before the script's name; those that are no flags are passed over.
     *
     * @throws InvalidInputException if a flag is unknown
     */
    static LauncherFlags read(List<String> words) {
        Map<String, String> given = new LinkedHashMap<>();
        for (int i = 0; i < words.size(); i++) {
            Matcher flag = GivenFlags.FLAG.matcher(words.get(i));
            if (flag.matches()) {
                String next = i + 1 < words.size() ? words.get(i + 1) : "";
                given.put(
                        checked(flag.group(1).replace('-', '_')),
                        flag.group(2) != null ? flag.group(2) : next.startsWith("--") ? "" : next);
            }
        }
        return of(given);
    }

    private static LauncherFlags of(Map<String, String> given) {
        Map<String, List<String>> settings = new LinkedHashMap<>();
        List<String> notes = new ArrayList<>();
        List<String> idle = new ArrayList<>();
        given.forEach((name, value) -> {
            if (name.equals(PRECISION)) {
                settings.put(name, List.of(value));
            } else if (name.equals(CPU)) {
                settings.put(DEVICE, List.of(CPU));
            } else if (name.equals(GPU_IDS) && value.matches("\\d+(,\\d+)*")) {
                settings.put(DEVICE, List.of("cuda:" + value.replace(",", ",cuda:")));
            } else if (PROCESS_COUNTS.contains(name) && value.matches("\\d+")) {
                settings.put(PROCESSES, List.of(value));
            } else if (name.equals(CONFIG_FILE)) {
                notes.add(name + " is not read; give what it sets, such as mixed_precision, as flags.");
            } else if (!CHOOSE_GPUS.contains(name) && !USUAL.contains(value)) {
                idle.add(name);
            }
        });
        if (given.containsKey(MULTI_GPU) || "gpu".equals(given.get(PROCESSES_ON_NODE))) {
            useAllGpus(settings, notes);
        }
        settings.remove(PROCESSES, List.of("1"));
        if (!idle.isEmpty()) {
            notes.add("Flags of the launcher without effect here: " + String.join(", ", idle) + ".");
        }
        return new LauncherFlags(settings, notes);
    }

    /** The launcher's own choice where nothing says how many GPUs: all that there are. */
    private static void useAllGpus(Map<String, List<String>> settings, List<String> notes) {
        int count = Torch.gpuCount();
        if (count < 2) {
            notes.add("multi_gpu has no effect: PyTorch sees " + count + " CUDA devices here.");
        } else if (!settings.containsKey(PROCESSES) && !settings.containsKey(DEVICE)) {
            settings.put(PROCESSES, List.of(Integer.toString(count)));
        }
    }

    private static String checked(String name) {
        Set<String> known = new TreeSet<>(WITHOUT_EFFECT);
        known.addAll(CHOOSE_GPUS);
        known.addAll(Set.of(PRECISION, CPU, CONFIG_FILE));
        if (!known.contains(name) && !FAMILY.matcher(name).matches()) {
            throw new InvalidInputException(
                    "The launcher has no flag --" + name + NearestName.suggestion(name, "--", known));
        }
        return name;
    }
}
