"""Low-rank adapters of the tiny pipelines, made by peft."""

import torch
from diffusers.utils import convert_state_dict_to_diffusers
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict

ATTENTION = ["to_q", "to_k", "to_v", "to_out.0"]
FEED_FORWARD = ["ff.net.0.proj", "ff.net.2"]
TEXT_ATTENTION = ["q_proj", "k_proj", "v_proj", "out_proj"]
TEXT_FEED_FORWARD = ["fc1", "fc2"]


def convolutions(unet):
    """All convolutions but the first and the last, by their whole names."""
    return [
        name
        for name, module in unet.named_modules()
        if isinstance(module, torch.nn.Conv2d) and name not in ("conv_in", "conv_out")
    ]


def config(rank, targets, alpha=None, **options):
    return LoraConfig(
        r=rank,
        lora_alpha=rank if alpha is None else alpha,
        init_lora_weights="gaussian",
        target_modules=list(targets),
        **options,
    )


def add(model, adapter):
    """Freezes a model and gives it adapters, which alone are trained."""
    model.requires_grad_(False)
    model.add_adapter(adapter)
    return [parameter for parameter in model.parameters() if parameter.requires_grad]


@torch.no_grad()
def randomise(model, generator):
    """Adapters as after a training: neither matrix is zero."""
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            fan_in = parameter[0].numel()
            values = 0.5 * fan_in**-0.5 * torch.randn(parameter.shape, generator=generator)
            parameter.copy_(values.half())  # so that a file in float16 says the same


def peft_state(model):
    """The adapters by peft's names, `down_blocks. ... .to_q.lora_A.weight`."""
    return {name: value.detach().clone() for name, value in get_peft_model_state_dict(model).items()}


def diffusers_state(model):
    return convert_state_dict_to_diffusers(peft_state(model))


def adapter_description(model):
    """Peft's configuration as it goes into a file: the same in each run, and without the place of the base model."""
    description = model.peft_config["default"].to_dict()
    targets = sorted(description["target_modules"])
    return {**description, "target_modules": targets, "base_model_name_or_path": None}
