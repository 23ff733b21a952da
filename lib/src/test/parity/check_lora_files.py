r"""Checks that LoRA files written by this project, read by diffusers, change the tiny models as they do here.

Versions: torch 2.7.1, diffusers 0.42.1, peft 0.21.2, transformers 5.23.0 (see requirements.txt).

Usage:

    python check_lora_files.py DIRECTORY

DIRECTORY is what dev.text2image.lora.LoraRoundTrip wrote: for each NAME, which begins with the tiny pipeline's, `NAME.outputs` with the
UNet's prediction and the text encoder's states, and `NAME-FORM.safetensors` in the forms of diffusers, peft and kohya's scripts.

Prints the largest difference for each file. Exits with 1 if one is over 2e-5, or a file changes nothing.
"""

import argparse
import sys
from pathlib import Path

import diffusers
import torch
import transformers
from safetensors.torch import load_file

from lora_fixtures.files import largest_difference, outputs
from make_model_fixtures import OUTPUT
from model_fixtures.tiny_pipelines import SD1, SD2, load_pipeline

LARGEST_ALLOWED = 2e-5
LEAST_CHANGE = 1e-2


def check(file, recipe, inputs, plain, expected):
    pipeline = load_pipeline(recipe, OUTPUT / f"tiny-{recipe.name}")
    pipeline.load_lora_weights(file.parent, weight_name=file.name)
    actual = outputs(pipeline, inputs)
    difference = max(largest_difference(actual, expected).values())
    change = min(largest_difference(actual, plain).values())
    print(f"{file.name}: largest difference {difference:.1e}, least change {change:.1e}")
    return difference <= LARGEST_ALLOWED and change >= LEAST_CHANGE


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path, help="what LoraRoundTrip wrote")
    directory = parser.parse_args().directory
    torch.set_num_threads(1)
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    results = []
    for recipe in (SD1, SD2):
        inputs = load_file(OUTPUT / f"tiny-{recipe.name}.safetensors")
        plain = outputs(load_pipeline(recipe, OUTPUT / f"tiny-{recipe.name}"), inputs)
        for written in sorted(directory.glob(f"{recipe.name}-*.outputs")):
            for file in sorted(directory.glob(f"{written.stem}-*.safetensors")):
                results.append(check(file, recipe, inputs, plain, load_file(written)))
    print(f"{sum(results)} of {len(results)} files are read as they were written")
    return int(not results or not all(results))


if __name__ == "__main__":
    sys.exit(main())
