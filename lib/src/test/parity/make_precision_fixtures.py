"""Writes resources/parity/mixed_precision.json: how far torch.autocast on a CPU moves the outputs of the
tiny pipelines' UNets.

Versions: torch 2.7.1, diffusers 0.42.1, safetensors 0.8.0 (see requirements.txt). Needs the output of make_model_fixtures.py. Run it by
hand; the build never does:

    python lib/src/test/parity/make_precision_fixtures.py
"""

import json
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel
from safetensors.torch import load_file

RESOURCES = Path(__file__).parents[1] / "resources" / "parity"
FORMATS = {"bf16": torch.bfloat16, "fp16": torch.float16}


def relative(actual, expected):
    """Root mean square of the difference, relative to that of the expected values."""
    return float((actual - expected).double().pow(2).mean().sqrt() / expected.double().pow(2).mean().sqrt())


def case(directory, tensors, dtype):
    unet = UNet2DConditionModel.from_pretrained(directory / "unet")
    inputs = [tensors[f"unet.square.{name}"] for name in ("sample", "timesteps", "encoder_hidden_states")]
    with torch.no_grad(), torch.autocast("cpu", dtype=dtype):
        output = unet(*inputs).sample
    return relative(output.float(), tensors["unet.square.output"])


def main():
    torch.set_num_threads(1)
    result = {}
    for name in ("tiny-sd1", "tiny-sd2"):
        tensors = load_file(RESOURCES / f"{name}.safetensors")
        result[name] = {key: case(RESOURCES / name, tensors, dtype) for key, dtype in FORMATS.items()}
    (RESOURCES / "mixed_precision.json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
