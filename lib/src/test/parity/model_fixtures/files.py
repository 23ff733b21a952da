"""Inputs like those of a real run, and the files that the expected numbers go to."""

import json

import torch
from safetensors.torch import save_file

VERSIONS = {"torch": "2.7.1", "diffusers": "0.42.1", "transformers": "5.23.0", "safetensors": "0.8.0"}

VOCABULARY = 1000
BEGIN, END = 998, 999


def token_ids(rows, pad, generator):
    """Rows like a tokenizer's: begin, a few words, end, padding; the last row fills all 77 places."""
    ids = torch.full((rows, 77), pad, dtype=torch.int64)
    for row in range(rows):
        words = 75 if row == rows - 1 else int(torch.randint(3, 20, (), generator=generator))
        ids[row, 0] = BEGIN
        ids[row, 1 : words + 1] = torch.randint(1, BEGIN, (words,), generator=generator)
        ids[row, words + 1] = END
    return ids


def pixels(shape, generator):
    return torch.rand(shape, generator=generator) * 2 - 1


def write_json(file, value):
    file.write_text(json.dumps(value, indent=2) + "\n")


def write_tensors(file, tensors, **metadata):
    """One metadata key only: the order of several would differ from run to run."""
    tensors = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
    save_file(tensors, file, {"made_with": json.dumps({**VERSIONS, **metadata})})


def drift(actual, precise):
    """Largest difference from the float64 result, relative to the largest value."""
    return float((actual.double() - precise.double()).abs().max() / precise.abs().max())
