"""Writes resources/parity/adamw8bit.safetensors and grad_scaler.json, the numbers of the optimizer tests.

Versions: torch 2.7.1, bitsandbytes 0.50.2, safetensors 0.8.0 (see requirements.txt). Everything is computed on the CPU. Run it by
hand; the build never does:

    python lib/src/test/parity/make_optimizer_fixtures.py
"""

import json
from pathlib import Path

import bitsandbytes
import torch
from bitsandbytes.backends.triton.kernels_optim import optimizer_update_8bit_blockwise_pytorch
from bitsandbytes.functional import create_dynamic_map
from safetensors.torch import save_file

TARGET = Path(__file__).parents[1] / "resources" / "parity"
VERSIONS = {"torch": "2.7.1", "bitsandbytes": "0.50.2"}
STEPS = 5
SETTINGS = {"lr": 1e-2, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 1e-2}
# whole blocks of 256; a last block that is not full; too small for 8 bits
SHAPES = {"whole": (16, 256), "ragged": (4100,), "small": (16, 8)}
OVERFLOWS = [True, True, False, False, False, True, False, False, False, False, False, False, True]


def reference_update(name, gradient, parameter, *rest, **named):
    """The package's reference in plain torch, which rounds to the nearest number as the CUDA kernel does; the CPU kernel's lookup
    table rounds small second moments up to the seventh number."""
    optimizer_update_8bit_blockwise_pytorch(parameter, gradient, *rest, **named, optimizer_name=name)


def optimizer_case():
    """Weights and states after several steps, with gradients whose size differs from row to row and falls with time."""
    generator = torch.Generator().manual_seed(7)
    parameters = {n: torch.nn.Parameter(torch.randn(s, generator=generator)) for n, s in SHAPES.items()}
    tensors = {f"start.{name}": parameter.detach().clone() for name, parameter in parameters.items()}
    optimizer = bitsandbytes.optim.AdamW8bit(parameters.values(), **SETTINGS)
    for step in range(STEPS):
        for name, parameter in parameters.items():
            sizes = 10 ** torch.linspace(-6, 0, parameter.numel()).reshape(parameter.shape)
            gradient = torch.randn(parameter.shape, generator=generator) * sizes / (1 + step)
            tensors[f"gradient{step}.{name}"] = gradient
            parameter.grad = gradient.clone()
        optimizer.step()
    for name, parameter in parameters.items():
        state = optimizer.state[parameter]
        tensors[f"end.{name}"] = parameter.detach()
        tensors |= {f"{key}.{name}": state[key] for key in ("state1", "state2", "absmax1", "absmax2") if key in state}
    return tensors


def scaler_case():
    """The scale before each update of torch's scaler, doubled after three good steps in a row."""
    scaler = torch.amp.GradScaler("cpu", growth_interval=3)
    weight = torch.nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([weight], lr=0.0)
    scales = []
    for overflow in OVERFLOWS:
        scaler.scale(weight.sum()).backward()
        scales.append(scaler.get_scale())
        if overflow:
            weight.grad.fill_(float("inf"))
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad()
    defaults = torch.amp.GradScaler("cpu").state_dict()
    return {"overflows": OVERFLOWS, "scales": scales, "final": scaler.state_dict(), "defaults": defaults}


def main():
    found = {module.__name__: module.__version__.split("+")[0] for module in (torch, bitsandbytes)}
    if found != VERSIONS:
        raise SystemExit(f"these fixtures are made with {VERSIONS}, but {found} is installed; see requirements.txt")
    torch.set_num_threads(1)
    bitsandbytes.functional.optimizer_update_8bit_blockwise = reference_update
    maps = {"map.signed": create_dynamic_map(True), "map.unsigned": create_dynamic_map(False)}
    tensors = {name: tensor.contiguous() for name, tensor in (maps | optimizer_case()).items()}
    save_file(tensors, TARGET / "adamw8bit.safetensors", {"made_with": json.dumps(VERSIONS)})
    (TARGET / "grad_scaler.json").write_text(json.dumps(scaler_case(), indent=2) + "\n")


if __name__ == "__main__":
    main()
