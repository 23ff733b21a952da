"""Writes what weighted prompts mean: their parts, tokens and weights, and the embeddings that the weights make.

The parts are those of diffusion-prompt-embedder, whose grammar is that of the web interface of AUTOMATIC1111; chunks and embeddings
are computed here by that interface's rule: 75 tokens to a chunk, BREAK begins another, each hidden state times its weight, and each
chunk brought back to the mean that it had.

Versions: see requirements.txt. Usage, from the repository root, after make_model_fixtures.py:

    pip install -r lib/src/test/parity/requirements.txt
    python lib/src/test/parity/make_prompt_fixtures.py [--output lib/src/test/resources/parity]
"""

import argparse
import json
from pathlib import Path

import torch
from diffusion_prompt_embedder import parse_prompt_attention
from transformers import CLIPTextModel, CLIPTokenizer

from model_fixtures.files import token_ids, write_tensors
from model_fixtures.tiny_pipelines import SD1, SD2

ROOT = Path(__file__).resolve().parents[4]
OUTPUT = Path(__file__).resolve().parent.parent / "resources" / "parity"
CHUNK = 75

PROMPTS = [
    "",
    " ",
    "a red heart",
    "a (red) heart",
    "a (red:1.3) heart",
    "a (red: 0.5) heart",
    "a (red:1.3 ) heart",
    "a (red:+1.25) heart",
    "a (red:-0.5) heart",
    "a (red:.75) heart",
    "a (red:2.) heart",
    "a (red:0) heart",
    "a [red] heart",
    "a [[red]] heart",
    "a ((red)) heart",
    "a (((red))) heart",
    "a ([red]) heart",
    "a ((red:1.3)) heart",
    "a ((red:1.3) and blue:0.5) heart",
    "a [red:1.3] heart",
    "(a red heart)",
    "(unnecessary)(parens)",
    "(one)(two:1.3)[three]",
    "un(believ)able",
    "a (red, blue and green:1.2), heart",
    "a ()heart",
    "()",
    "(:1.3)",
    "a (red:blue) heart",
    "a : red",
    "time 10:30",
    r"\(literal\]",
    r"a \(red\) heart",
    r"a (red \(dark\):1.3) heart",
    r"a \[red\] heart",
    r"a \\ heart",
    r"a \heart",
    r"(red\:1.3)",
    "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky)))).",
    "masterpiece, (best quality:1.4), [blurry], 1girl",
    "a red heart BREAK a blue star",
    "a red heart  BREAK\na blue star",
    "a (red:1.3) BREAK (blue) star",
    "a BREAK",
    "BREAK a",
    "BREAK",
    "a BREAK BREAK b",
    "BREAKFAST",
    "a\nred   heart",
    "Café (CRÈME:1.1) \u2764 (\U0001f600:0.9)",
    "red " * 74 + "(blue:1.3)",
    "red " * 74 + "(blue green:1.3)",
    "red " * 75 + "BREAK blue",
    "(red:1.5) " * 100,
    ", ".join(f"thing {number}" for number in range(60)),
]


def sections(prompt):
    """The parts between BREAKs."""
    found = [[]]
    for text, weight in parse_prompt_attention(prompt):
        if text == "BREAK" and weight == -1:
            found.append([])
        else:
            found[-1].append([text, weight])
    return found


def chunks(parts, tokenizer):
    """Begin, at most 75 tokens, end, and padding, each with its weight."""
    found = []
    for section in parts:
        ids, weights = [], []
        for text, weight in section:
            tokens = tokenizer(text, add_special_tokens=False, truncation=False)["input_ids"]
            ids += tokens
            weights += [weight] * len(tokens)
        last = section is parts[-1]
        for start in range(0, len(ids), CHUNK) if ids else [0] if not (last and found) else []:
            part, own = ids[start : start + CHUNK], weights[start : start + CHUNK]
            rest = CHUNK + 1 - len(part)
            found.append(
                {
                    "ids": [tokenizer.bos_token_id, *part, tokenizer.eos_token_id, *[tokenizer.pad_token_id] * (rest - 1)],
                    "weights": [1.0, *own, *[1.0] * rest],
                }
            )
    return found


@torch.no_grad()
def weighted(model, ids, weights):
    """Hidden states of the chunks (chunks, 77, d) with weights (chunks, 77), joined: (chunks * 77, d)."""
    states = model(ids).last_hidden_state
    scaled = states * weights[..., None]
    restored = scaled * (states.mean(dim=(1, 2)) / scaled.mean(dim=(1, 2)))[:, None, None]
    return restored.flatten(0, 1)


def embeddings(recipe):
    model = CLIPTextModel.from_pretrained(OUTPUT / f"tiny-{recipe.name}" / "text_encoder")
    generator = torch.Generator().manual_seed(recipe.seed + 9)
    ids = token_ids(2, recipe.pad, generator)
    weights = torch.ones(ids.shape)
    weights[0, 1:4] = torch.tensor([1.3, 1.1, 1 / 1.1])
    weights[1, 1:76] = torch.rand(75, generator=generator) * 2
    return {"ids": ids, "weights": weights, "embeddings": weighted(model, ids, weights)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=OUTPUT)
    output = parser.parse_args().output
    torch.set_num_threads(1)
    tokenizer = CLIPTokenizer.from_pretrained(ROOT / "notebooks" / "models" / "clip-tokenizer")
    cases = []
    for prompt in PROMPTS:
        parts = sections(prompt)
        cases.append({"prompt": prompt, "sections": parts, "chunks": chunks(parts, tokenizer)})
    lines = ",\n".join(json.dumps(case) for case in cases)
    (output / "prompt_weights.json").write_text(f"[\n{lines}\n]\n")
    tensors = {f"{recipe.name}.{key}": value for recipe in (SD1, SD2) for key, value in embeddings(recipe).items()}
    write_tensors(output / "prompt_weights.safetensors", tensors)


if __name__ == "__main__":
    main()
