"""Writes LoRA files as diffusers and peft make them, and the expected numbers of the LoRA parity tests.

Versions: torch 2.7.1, diffusers 0.42.1, peft 0.21.2, transformers 5.23.0, safetensors 0.8.0 (see requirements.txt).

Usage, from the repository root, after make_model_fixtures.py:

    pip install -r lib/src/test/parity/requirements.txt
    python lib/src/test/parity/make_lora_fixtures.py [--output lib/src/test/resources/parity]

Everything is computed in float32 on one CPU thread from fixed seeds. Each file is loaded again by diffusers, which has to give the same
output as the model that the file was made of.
"""

import argparse
from pathlib import Path

import diffusers
import peft
import torch
import transformers

from lora_fixtures.files import write_files
from lora_fixtures.training import write_trainings
from make_model_fixtures import OUTPUT, check_versions

PEFT_VERSION = "0.21.2"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=OUTPUT)
    pipelines = parser.parse_args().output
    check_versions()
    if peft.__version__ != PEFT_VERSION:
        raise SystemExit(f"these fixtures are made with peft {PEFT_VERSION}, but {peft.__version__} is installed")
    torch.set_num_threads(1)
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    output = pipelines / "lora"
    output.mkdir(parents=True, exist_ok=True)
    write_trainings(pipelines, output)
    write_files(pipelines, output)


if __name__ == "__main__":
    main()
