r"""Checks that a pipeline saved by this project, opened by diffusers, draws the image that this project drew from it.

Versions: torch 2.7.1, diffusers 0.42.1, transformers 5.23.0 (see requirements.txt).

Usage:

    python check_round_trip.py PIPELINE_DIR IMAGE.png LATENTS.safetensors --prompt "a red square" \
        [--steps 50] [--guidance 7.5] [--negative-prompt ""]

PIPELINE_DIR has the diffusers layout, tokenizer included. LATENTS.safetensors holds the initial noise, before any
scaling by the scheduler, as the float32 tensor `latents` of shape (1, 4, height / 8, width / 8) for a full-size VAE.
The scheduler is the saved one and must be deterministic (PNDM or DDIM). Everything runs in float32 on the CPU.

Prints the largest and the mean absolute difference of the pixels in units of 1/255. Exits with 1 if the largest is
over 2 or the sizes differ.
"""

import argparse
import sys
from pathlib import Path

import diffusers
import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from PIL import Image
from safetensors.torch import load_file

LARGEST_ALLOWED = 2


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pipeline", type=Path, help="directory in the diffusers layout")
    parser.add_argument("image", type=Path, help="PNG sampled by this project")
    parser.add_argument("latents", type=Path, help="safetensors file with the tensor `latents`")
    parser.add_argument("--prompt", required=True)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--guidance", type=float, default=7.5)
    parser.add_argument("--negative-prompt", default="")
    return parser.parse_args()


def sample(arguments):
    """The image of diffusers as (height, width, 3) bytes."""
    pipeline = StableDiffusionPipeline.from_pretrained(
        arguments.pipeline, dtype=torch.float32, safety_checker=None, local_files_only=True
    )
    pipeline.set_progress_bar_config(disable=True)
    latents = load_file(arguments.latents)["latents"]
    images = pipeline(
        prompt=arguments.prompt,
        negative_prompt=arguments.negative_prompt,
        num_inference_steps=arguments.steps,
        guidance_scale=arguments.guidance,
        latents=latents,
        height=latents.shape[2] * pipeline.vae_scale_factor,
        width=latents.shape[3] * pipeline.vae_scale_factor,
        output_type="np",
    ).images
    return (images[0] * 255).round().astype(np.uint8)


def main():
    arguments = parse_arguments()
    torch.set_num_threads(1)
    diffusers.utils.logging.disable_progress_bar()
    expected = sample(arguments)
    actual = np.asarray(Image.open(arguments.image).convert("RGB"))
    if actual.shape != expected.shape:
        print(f"{arguments.image} has shape {actual.shape}, diffusers draws {expected.shape}")
        return 1
    difference = np.abs(actual.astype(int) - expected.astype(int))
    print(f"max {difference.max()} mean {difference.mean():.4f} of 255, over {difference.size} values")
    return int(difference.max() > LARGEST_ALLOWED)


if __name__ == "__main__":
    sys.exit(main())
