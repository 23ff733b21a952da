"""Checks that diffusers reads a single file of this project as the directory that it was made of.

Versions as in requirements.txt.

    python check_single_file.py FILE.safetensors MODEL_DIR

MODEL_DIR has the diffusers layout. Exits with 1 if a tensor of the UNet, the VAE or the text encoder differs.
"""

import sys

import torch
from diffusers import StableDiffusionPipeline


def main():
    file, directory = sys.argv[1:]
    options = {"dtype": torch.float32, "safety_checker": None, "local_files_only": True}
    expected = StableDiffusionPipeline.from_pretrained(directory, **options)
    found = StableDiffusionPipeline.from_single_file(file, config=directory, torch_dtype=torch.float32, local_files_only=True)
    different = 0
    for part in ("unet", "vae", "text_encoder"):
        wanted, read = getattr(expected, part).state_dict(), getattr(found, part).state_dict()
        same = wanted.keys() == read.keys() and all(torch.equal(read[name], tensor) for name, tensor in wanted.items())
        print(f"{part}: {len(wanted)} tensors {'equal' if same else 'DIFFERENT'}")
        different += not same
    return int(different > 0)


if __name__ == "__main__":
    sys.exit(main())
