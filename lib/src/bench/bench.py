"""Measures this project against Python diffusers: the same work, in turns, each time in a process of its own.

Other work on the machine only ever makes a run slower, so a time is the best of all steps and rounds of its side. Memory is the
median of the rounds. Processor time, which other work disturbs least, is that of a whole run: start, loading and all steps. The
last column has the lowest and the highest ratio of two runs that were beside each other. Standard library only; `./run bench`
says which Python holds diffusers.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
NOTEBOOKS = ROOT / "notebooks"
WORKER = HERE / "diffusers_worker.py"
FULL_MODEL = "stable-diffusion-v1-5-random"
PROMPT = "an emoji of a red heart"
# ru_maxrss counts bytes on macOS and KiB elsewhere.
RSS_UNIT = 1 if sys.platform == "darwin" else 1024
CACHED = ["--cache_latents", "--cache_text_embeddings"]


@dataclass(frozen=True)
class Case:
    """Measurements: what both sides do, the flags of training that both or one of them get. A rank trains adapters."""

    name: str
    full: bool
    resolution: int
    batch: int
    steps: int
    warmup: int
    images: int
    inference_steps: int
    repeats: int
    java_flags: list = field(default_factory=list)
    python_flags: list = field(default_factory=list)
    schedulers: dict = field(default_factory=dict)
    rank: int = 0
    flags: list = field(default_factory=list)
    precision: str = "no"


@dataclass(frozen=True)
class Picture:
    """What is loaded: one of the pictures that the worker makes."""

    name: str
    file: str
    resolution: int = 512
    repeats: int = 20
    warmup: int = 8


PICTURES = [
    Picture("JPEG, 12 megapixels", "picture.jpg"),
    Picture("PNG, 12 megapixels", "picture.png"),
    Picture("WebP, 2 megapixels", "picture.webp"),
]

# What each name of `./run sample --scheduler` is in diffusers.
DPM_SOLVER = "DPMSolverMultistepScheduler"
SCHEDULERS = {
    "ddpm": ("DDPMScheduler", {}),
    "ddim": ("DDIMScheduler", {}),
    "pndm": ("PNDMScheduler", {"skip_prk_steps": True}),
    "euler": ("EulerDiscreteScheduler", {}),
    "euler-a": ("EulerAncestralDiscreteScheduler", {}),
    "heun": ("HeunDiscreteScheduler", {}),
    "lms": ("LMSDiscreteScheduler", {}),
    "dpm++-2m": (DPM_SOLVER, {}),
    "dpm++-2m-karras": (DPM_SOLVER, {"use_karras_sigmas": True}),
    "dpm++-2m-sde": (DPM_SOLVER, {"algorithm_type": "sde-dpmsolver++"}),
    "dpm++-2s": ("DPMSolverSinglestepScheduler", {}),
    "unipc": ("UniPCMultistepScheduler", {}),
    "lcm": ("LCMScheduler", {}),
}

CASES = {
    "tiny": Case("tiny, 64 px, batch 8", False, 64, 8, 24, 4, 8, 20, 3),
    # Few images: caches are filled in the first two epochs, and the steps behind them are what is compared.
    "tiny-cached": Case("tiny, 64 px, batch 8, with caches", False, 64, 8, 28, 8, 0, 0, 0, [*CACHED, "--max_train_samples", 32]),
    "full-1": Case("SD 1.5, 256 px, batch 1", True, 256, 1, 4, 1, 1, 4, 2),
    "full-1-lora": Case("SD 1.5, 256 px, batch 1, LoRA of rank 4", True, 256, 1, 4, 1, 0, 0, 0, rank=4),
    "full-2": Case("SD 1.5, 256 px, batch 2", True, 256, 2, 4, 1, 0, 0, 0),
    "schedulers": Case("tiny, 64 px, 1 image", False, 64, 0, 0, 0, 1, 20, 6, schedulers=SCHEDULERS),
    "full-2-cached": Case("SD 1.5, 256 px, batch 2, with caches", True, 256, 2, 5, 2, 0, 0, 0, [*CACHED, "--max_train_samples", 2]),
}
# In half precision, at Stable Diffusion's usual size; `gpu-guide` is the command of diffusers' guide.
AVERAGED = ["--use_ema"]
GUIDE = ["--use_ema", "--gradient_accumulation_steps", 4, "--gradient_checkpointing", "--snr_gamma", 5]
GPU_CASES = {
    "gpu-1": Case("SD 1.5, 512 px, batch 1, bf16", True, 512, 1, 20, 3, 0, 0, 0, flags=AVERAGED, precision="bf16"),
    "gpu-4": Case("SD 1.5, 512 px, batch 4, bf16", True, 512, 4, 14, 3, 0, 0, 0, flags=AVERAGED, precision="bf16"),
    "gpu-16": Case("SD 1.5, 512 px, batch 16, bf16", True, 512, 16, 10, 3, 0, 0, 0, flags=AVERAGED, precision="bf16"),
    "gpu-16-cached": Case(
        "SD 1.5, 512 px, batch 16, bf16, with caches on both sides",
        *(True, 512, 16, 10, 3, 0, 0, 0, [*CACHED, "--max_train_samples", 64], ["--cached", 64]),
        flags=AVERAGED,
        precision="bf16",
    ),
    "gpu-guide": Case("SD 1.5, 512 px, 4 x 1, checkpointing, fp16", True, 512, 1, 6, 1, 0, 0, 0, flags=GUIDE, precision="fp16"),
    "gpu-sample-1": Case("SD 1.5, 512 px, 1 image, fp16", True, 512, 0, 0, 0, 1, 50, 4, precision="fp16"),
    "gpu-sample-4": Case("SD 1.5, 512 px, 4 images, fp16", True, 512, 0, 0, 0, 4, 50, 4, precision="fp16"),
}
CASES |= GPU_CASES
LOADING = "loading"
QUICK = ["tiny"]
DEFAULT = ["tiny", "full-1", "full-2"]


@dataclass(frozen=True)
class Result:
    """What one process took."""

    seconds: float
    first: float
    processor: float
    peak_bytes: int
    parts: dict
    device_mib: int


class DeviceMemory:
    """The most memory in use on the first GPU while this is open, in MiB, all processes together; 0 without a GPU."""

    COMMAND = ["nvidia-smi", "--id=0", "--query-gpu=memory.used", "--format=csv,noheader,nounits", "-lms", "100"]

    def __init__(self, wanted):
        self.process = subprocess.Popen(self.COMMAND, stdout=subprocess.PIPE, text=True) if wanted else None
        self.peak = 0

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        if self.process:
            self.process.terminate()
            self.peak = max((int(line) for line in self.process.communicate()[0].split("\n") if line.strip().isdigit()), default=0)


def measure(command, log, warmup, threads, variables=None, core=None, gpu=False):
    """Runs a worker; the first round counts from the start of its process, the others without the warm-up."""
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": str(threads),
        "HF_HUB_OFFLINE": "1",
        # What ./run sets for Java, so that both sides have it.
        "OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "PASSIVE"),
        "PYTORCH_CUDA_ALLOC_CONF": os.environ.get("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True"),
        "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
        **(variables or {}),
    }
    with tempfile.TemporaryFile() as output, open(log, "ab") as errors, DeviceMemory(gpu) as memory:
        start = time.time()
        pin = None if core is None else lambda: os.sched_setaffinity(0, {core})
        process = subprocess.Popen(command, stdout=output, stderr=errors, env=environment, cwd=ROOT, preexec_fn=pin)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        lines = output.read().decode().strip().splitlines()
    if process.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nended with exit code {process.returncode}; see {log}.")
    answer = json.loads(lines[-1]) if lines else {}
    seconds = answer.get("seconds", [])
    return Result(
        min(seconds[warmup:], default=0.0),
        answer.get("first_done_at", start) - start,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss * RSS_UNIT,
        {part: min(answer[part][warmup:]) for part in ("decode", "resize") if part in answer},
        memory.peak,
    )


class Bench:
    def __init__(self, args, model_directory, work):
        self.python = args.python
        self.rounds = args.rounds
        self.threads = args.threads
        self.device = args.device
        self.full_model = model_directory
        self.work = work
        self.log = work.parent / "log.txt"

    def model(self, case):
        if not case.full:
            return NOTEBOOKS / "models/emoji-base"
        if not self.full_model.exists():
            say("Making Stable Diffusion 1.5 with random weights ...")
            tokenizer = NOTEBOOKS / "models/clip-tokenizer"
            command = [self.python, WORKER, "create", "--tokenizer", tokenizer, "--output_dir", self.full_model]
            measure(command, self.log, 0, self.threads)
        return self.full_model

    def train_commands(self, case, steps):
        same = ["--pretrained_model_name_or_path", self.model(case), "--resolution", case.resolution]
        same += ["--train_batch_size", case.batch, "--max_train_steps", steps]
        script = ["train_text_to_image_lora.py"] if case.rank else []
        same += ["--rank", case.rank] if case.rank else []
        same += ["--device", self.device, "--mixed_precision", case.precision, *case.flags]
        data = NOTEBOOKS / "data/noto-emoji"
        java = [ROOT / "run", "measure", "train", *script, *same, "--train_data_dir", data, "--center_crop"]
        java += ["--random_flip", "--output_dir", self.work / "java", *case.java_flags]
        python = [self.python, WORKER, "train", *same, "--cache_dir", self.work / "datasets", *case.python_flags]
        python += ["--train_data", next(data.glob("data/*.parquet"))]
        return text(java), text(python)

    def sample_commands(self, case, scheduler=None):
        same = ["--pretrained_model_name_or_path", self.model(case), "--resolution", case.resolution]
        same += ["--prompt", PROMPT, "--num_images_per_prompt", case.images]
        same += ["--num_inference_steps", case.inference_steps, "--repeats", case.repeats]
        same += ["--device", self.device, "--mixed_precision", case.precision]
        java, python = [ROOT / "run", "measure", "sample", *same], [self.python, WORKER, "sample", *same]
        if scheduler:
            name, options = case.schedulers[scheduler]
            java += ["--scheduler", scheduler]
            python += ["--scheduler", name, "--scheduler_options", json.dumps(options)]
        return text(java), text(python)

    def pairs(self, what, commands, warmup, **options):
        """Both sides in turns; who is first changes with each round."""
        results = []
        for number in range(self.rounds):
            pair = {}
            for side in (0, 1) if number % 2 == 0 else (1, 0):
                pair[side] = measure(commands[side], self.log, warmup, self.threads, **options)
            results.append((pair[0], pair[1]))
            say(f"{what}, round {number + 1}: Java {describe(pair[0])}; Python {describe(pair[1])}")
        return results

    def scheduler_rows(self, case):
        for scheduler in case.schedulers:
            commands = self.sample_commands(case, scheduler)
            pairs = self.pairs(f"{case.name}, {scheduler}", commands, 1)
            figure = f"milliseconds per step, {scheduler}"
            yield row(case, figure, min, pairs, lambda result: 1000 * result.seconds / case.inference_steps)

    def loading_rows(self):
        """On one core where a process can be kept on one, by Java as on a machine of many: with its optimizing compiler."""
        core = max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
        optimizing = f"{os.environ.get('TEXT2IMAGE_JVM_OPTS', '')} -XX:TieredStopAtLevel=4"
        variables = {"OMP_NUM_THREADS": "1", "TEXT2IMAGE_JVM_OPTS": optimizing}
        measure(text([self.python, WORKER, "pictures", "--output_dir", self.work]), self.log, 0, self.threads)
        for picture in PICTURES:
            same = ["load", "--file", self.work / picture.file]
            same += ["--resolution", picture.resolution, "--repeats", picture.repeats]
            commands = text([ROOT / "run", "measure", *same]), text([self.python, WORKER, *same])
            pairs = self.pairs(picture.name, commands, picture.warmup, variables=variables, core=core)
            yield row(picture, "milliseconds to decode", min, pairs, lambda result: 1000 * result.parts["decode"])
            yield row(picture, "milliseconds to resize and crop", min, pairs, lambda result: 1000 * result.parts["resize"])
            yield row(picture, "milliseconds in all", min, pairs, lambda result: 1000 * result.seconds)

    def rows(self, case):
        if case.schedulers:
            yield from self.scheduler_rows(case)
            return
        if case.batch:
            yield from self.training_rows(case)
        if case.images:
            yield from self.sampling_rows(case)

    def gpu(self):
        return self.device != "cpu"

    def training_rows(self, case):
        # Both sides fill the file cache and their data set's cache before anything counts.
        for command in self.train_commands(case, 1):
            measure(command, self.log, 0, self.threads)
        commands = self.train_commands(case, case.steps)
        training = self.pairs(f"{case.name}, training", commands, case.warmup, gpu=self.gpu())
        yield row(case, "seconds per training step", min, training, lambda result: result.seconds)
        yield row(case, "seconds to the first step", min, training, lambda result: result.first)
        whole = f"processor seconds of a run of {case.steps} steps"
        yield row(case, whole, min, training, lambda result: result.processor)
        yield from self.memory_rows(case, "training", training)

    def sampling_rows(self, case):
        sampling = self.pairs(f"{case.name}, sampling", self.sample_commands(case), 1, gpu=self.gpu())
        yield row(case, "images per second", max, sampling, lambda result: case.images / result.seconds)
        yield from self.memory_rows(case, "sampling", sampling)

    def memory_rows(self, case, what, pairs):
        yield row(case, f"peak memory in {what}, MiB", median, pairs, lambda result: result.peak_bytes / 2**20)
        if self.gpu():
            yield row(case, f"peak device memory in {what}, MiB", median, pairs, lambda result: result.device_mib)


def text(command):
    return [str(part) for part in command]


def describe(result):
    memory = f"{result.peak_bytes / 2**20:.0f} MiB"
    return f"{result.seconds:.3f} s, first after {result.first:.2f} s, processor {result.processor:.1f} s, {memory}"


def row(case, what, choose, pairs, figure):
    java = [figure(pair[0]) for pair in pairs]
    python = [figure(pair[1]) for pair in pairs]
    ratios = [ours / theirs for ours, theirs in zip(java, python, strict=True)]
    chosen = choose(java), choose(python)
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    return [case.name, what, *map(number, chosen), f"{chosen[0] / chosen[1]:.2f}", spread]


def number(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def table(rows):
    head = ["case", "figure", "Java", "Python", "Java / Python", "of each round"]
    lines = [head, ["---", "---", "---:", "---:", "---:", "---:"], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def say(message):
    print(message, file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(prog="./run bench", description="Measures this project against Python diffusers.")
    parser.add_argument("--python", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="the small model only")
    choices = [*CASES, LOADING]
    parser.add_argument("--cases", nargs="+", choices=choices, help=f"what to measure (default: {' '.join(DEFAULT)}, on a GPU all of gpu-)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each side (default: 3)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of each side (default: all cores)")
    parser.add_argument("--device", default="cpu", help="cpu, or cuda for a GPU (default: %(default)s)")
    parser.add_argument("--keep", action="store_true", help="keep the full-size model (4.3 GB) for the next time")
    args = parser.parse_args()
    names = args.cases or (QUICK if args.quick else DEFAULT if args.device == "cpu" else list(GPU_CASES))
    out = ROOT / "out/bench"
    out.mkdir(parents=True, exist_ok=True)
    full_model = out / FULL_MODEL
    try:
        with tempfile.TemporaryDirectory(dir=out) as work:
            bench = Bench(args, full_model, Path(work))
            rows = [line for name in names for line in (bench.loading_rows() if name == LOADING else bench.rows(CASES[name]))]
    finally:
        if not args.keep:
            shutil.rmtree(full_model, ignore_errors=True)
    result = table(rows)
    print(f"{args.threads} threads, {args.rounds} rounds\n\n{result}")
    (out / "table.md").write_text(result + "\n")


if __name__ == "__main__":
    main()
