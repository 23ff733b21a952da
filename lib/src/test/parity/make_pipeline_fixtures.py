"""Writes the expected numbers of the pipelines' call parameters: image to image, a seed for each image, clip skip.

Versions: torch 2.7.1, diffusers 0.42.1, transformers 5.23.0, safetensors 0.8.0 (see requirements.txt).

Usage, from the repository root, after make_model_fixtures.py:

    pip install -r lib/src/test/parity/requirements.txt
    python lib/src/test/parity/make_pipeline_fixtures.py [--output lib/src/test/resources/parity]

Everything is computed in float32 on one CPU thread from fixed seeds.
"""

import argparse
from pathlib import Path

import diffusers
import numpy
import torch
from diffusers import StableDiffusionImg2ImgPipeline
from PIL import Image

from model_fixtures.files import token_ids, write_tensors
from model_fixtures.tiny_pipelines import ABSENT, SD1, SD2, load_pipeline

OUTPUT = Path(__file__).resolve().parent.parent / "resources" / "parity"
STEPS = 12
SEEDS = (11, 4_000_000_012)
STRENGTHS = (1.0, 0.92, 0.6, 0.3)
SAMPLERS = {
    "pndm": "PNDMScheduler",
    "ddim": "DDIMScheduler",
    "ddpm": "DDPMScheduler",
    "euler": "EulerDiscreteScheduler",
    "euler-a": "EulerAncestralDiscreteScheduler",
    "heun": "HeunDiscreteScheduler",
    "dpm++-2m": "DPMSolverMultistepScheduler",
    "unipc": "UniPCMultistepScheduler",
}


class IdsOfTexts:
    """A tokenizer of as many texts as there are rows of ids, which the texts name by their numbers."""

    model_max_length = 77
    added_tokens_encoder = {}

    def __init__(self, ids):
        self.ids = ids

    def tokenize(self, text):
        return [text]

    def __call__(self, texts, **_):
        rows = self.ids[[int(text) for text in texts]]
        return type("Encoded", (), {"input_ids": rows, "attention_mask": None})


def generators():
    return [torch.Generator().manual_seed(seed) for seed in SEEDS]


def picture():
    """Not a multiple of the autoencoder's factor, so that it is resized first."""
    pixels = numpy.random.default_rng(5).integers(0, 256, (17, 25, 3), dtype=numpy.uint8)
    return Image.fromarray(pixels)


@torch.no_grad()
def embeddings(pipeline, clip_skip=None):
    return pipeline.encode_prompt(
        ["0", "1"], "cpu", 1, True, negative_prompt=["2", "3"], clip_skip=clip_skip
    )


@torch.no_grad()
def draw(pipeline, inputs, sampler, eta=0.0, **arguments):
    pipeline.scheduler = getattr(diffusers, SAMPLERS[sampler]).from_config(inputs["scheduler"])
    pipeline.set_progress_bar_config(disable=True)
    return pipeline(
        prompt_embeds=inputs["prompt_embeds"],
        negative_prompt_embeds=inputs["negative_prompt_embeds"],
        num_inference_steps=STEPS,
        guidance_scale=5.0,
        generator=generators(),
        eta=eta,
        output_type="latent",
        **arguments,
    ).images


def stop_and_change(pipeline, step, timestep, tensors):
    """Halves the latents after the third step, and stops after the sixth."""
    if step == 2:
        tensors["latents"] = tensors["latents"] / 2
    pipeline._interrupt = step >= 5
    return tensors


def cases(recipe, directory):
    pipeline = load_pipeline(recipe, directory)
    ids = token_ids(4, recipe.pad, torch.Generator().manual_seed(recipe.seed + 7))
    pipeline.tokenizer = IdsOfTexts(ids)
    # transformers 5 has no such level any more, but diffusers 0.42.1 still goes through it for clip_skip
    object.__setattr__(pipeline.text_encoder, "text_model", pipeline.text_encoder)
    tensors = {"input_ids": ids, "seeds": torch.tensor(SEEDS), "image": torch.from_numpy(numpy.array(picture()))}
    tensors["prompt_embeds"], tensors["negative_prompt_embeds"] = embeddings(pipeline)
    for skip in (1, 2):
        tensors[f"clip_skip_{skip}"], unskipped = embeddings(pipeline, skip)
        assert torch.equal(unskipped, tensors["negative_prompt_embeds"])
    inputs = {**tensors, "scheduler": pipeline.scheduler.config}

    size = {"height": 16, "width": 24}
    for sampler in ("pndm", "euler-a"):
        tensors[f"text.{sampler}"] = draw(pipeline, inputs, sampler, **size)
    tensors["text.ddim.eta"] = draw(pipeline, inputs, "ddim", eta=0.6, **size)
    tensors["text.ddim.callback"] = draw(pipeline, inputs, "ddim", callback_on_step_end=stop_and_change, **size)

    parts = {name: part for name, part in pipeline.components.items() if name not in ABSENT and name != "image_encoder"}
    image_pipeline = StableDiffusionImg2ImgPipeline(**parts, **ABSENT)
    for sampler in SAMPLERS:
        for strength in STRENGTHS:
            tensors[f"image.{sampler}.{strength}"] = draw(
                image_pipeline, inputs, sampler, image=[picture()] * 2, strength=strength
            )
    return tensors


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=OUTPUT)
    output = parser.parse_args().output
    torch.set_num_threads(1)
    for recipe in (SD1, SD2):
        tensors = cases(recipe, OUTPUT / f"tiny-{recipe.name}")
        write_tensors(output / f"pipeline-{recipe.name}.safetensors", tensors, num_inference_steps=STEPS)


if __name__ == "__main__":
    main()
