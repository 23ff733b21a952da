"""Measures how long a person waits for a notebook: until the kernel is ready, and until it holds a model.

    .venv/bin/python kernel/src/bench/start.py [--rounds 5] [--python PYTHON_WITH_DIFFUSERS]

Beside it the same of Python, in turns: ipykernel's start, and in a fresh process the import of diffusers and the load of the same
model. Other work on the machine only ever makes a start slower, so a time is the best of the rounds.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

from jupyter_client.manager import start_new_kernel

ROOT = Path(__file__).resolve().parents[3]
MODEL = ROOT / "notebooks" / "models" / "emoji-base"
LOAD_IN_JAVA = 'var pipeline = StableDiffusionPipeline.fromPretrained(Path.of("{}"), ModelOptions.defaults());'
LOAD_IN_PYTHON = """
import time
start = time.perf_counter()
from diffusers import StableDiffusionPipeline
StableDiffusionPipeline.from_pretrained({!r})
print(time.perf_counter() - start)
"""
BARS = {"kernel ready": 3.0, "first model": 5.0}


def kernel(name, cell):
    """Starts a kernel and runs one cell: the seconds of either."""
    start = time.monotonic()
    manager, client = start_new_kernel(kernel_name=name, startup_timeout=120, stderr=subprocess.DEVNULL)
    ready = time.monotonic()
    try:
        reply = client.execute_interactive(cell, timeout=120, output_hook=lambda message: None)
        if reply["content"]["status"] != "ok":
            raise SystemExit("\n".join(reply["content"]["traceback"]))
        return ready - start, time.monotonic() - ready
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def in_python(python):
    """The seconds that a fresh Python takes to import diffusers and load the model."""
    command = [python, "-W", "ignore", "-c", LOAD_IN_PYTHON.format(str(MODEL))]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    bench = ROOT / ".venv-bench" / Path(sys.executable).parent.name / "python"
    parser.add_argument("--python", type=Path, default=bench, help="a Python with diffusers (default: that of ./run bench)")
    options = parser.parse_args()
    java, ipykernel, diffusers = [], [], []
    for _ in range(options.rounds):
        java.append(kernel("text2image", LOAD_IN_JAVA.format(MODEL.as_posix())))
        ipykernel.append(kernel("python3", "1")[0])
        if options.python.is_file():
            diffusers.append(in_python(str(options.python)))
    ready, first = (min(times) for times in zip(*java, strict=True))
    rows = [("kernel ready", ready, min(ipykernel)), ("first model", first, min(diffusers, default=None))]
    print("| seconds | Java | Python | Java / Python | bar |\n|---|---:|---:|---:|---:|")
    for name, ours, theirs in rows:
        ratio = ("-", "-") if theirs is None else (f"{theirs:.2f}", f"{ours / theirs:.2f}")
        print(f"| {name} | {ours:.2f} | {ratio[0]} | {ratio[1]} | {BARS[name]:.0f} |")


if __name__ == "__main__":
    main()
