"""LoRA files in every form that diffusers reads, and what the tiny models compute with them."""

import re
import shutil
from dataclasses import dataclass, field

import torch
from diffusers import StableDiffusionPipeline
from diffusers.loaders.lora_base import LORA_WEIGHT_NAME_SAFE
from peft import PeftModel, get_peft_model, set_peft_model_state_dict
from safetensors.torch import load_file, save_file

from lora_fixtures.adapters import (
    ATTENTION,
    FEED_FORWARD,
    TEXT_ATTENTION,
    TEXT_FEED_FORWARD,
    adapter_description,
    config,
    convolutions,
    diffusers_state,
    peft_state,
    randomise,
)
from model_fixtures.files import write_json, write_tensors
from model_fixtures.tiny_pipelines import SD1, SD2, Recipe, load_pipeline

SEED = 72
LARGEST_DIFFERENCE = 2e-5


@dataclass(frozen=True)
class Adapted:
    """Which layers have adapters, and of which size."""

    name: str
    unet: tuple = tuple(ATTENTION)
    convolutions: bool = False
    text: tuple = ()
    rank: int = 4
    alpha: float = 4
    options: dict = field(default_factory=dict)
    recipe: Recipe = SD1


def adapted_pipeline(case, pipelines):
    pipeline = load_pipeline(case.recipe, pipelines / f"tiny-{case.recipe.name}")
    targets = list(case.unet) + (convolutions(pipeline.unet) if case.convolutions else [])
    generator = torch.Generator().manual_seed(SEED)
    if targets:
        pipeline.unet.add_adapter(config(case.rank, targets, case.alpha, **case.options))
        randomise(pipeline.unet, generator)
    if case.text:
        pipeline.text_encoder.add_adapter(config(case.rank, case.text, case.alpha))
        randomise(pipeline.text_encoder, generator)
    return pipeline


@torch.no_grad()
def outputs(pipeline, inputs):
    """The UNet's prediction and the text encoder's states for the inputs of the model fixtures."""
    names = ("sample", "timesteps", "encoder_hidden_states")
    return {
        "unet": pipeline.unet(*(inputs[f"unet.square.{name}"] for name in names)).sample,
        "text": pipeline.text_encoder(inputs["text.input_ids"]).last_hidden_state,
    }


def adapted_models(pipeline):
    models = {"unet": pipeline.unet, "text_encoder": pipeline.text_encoder}
    return {name: model for name, model in models.items() if hasattr(model, "peft_config")}


def save_diffusers(pipeline, file, metadata=None):
    layers = {f"{name}_lora_layers": diffusers_state(model) for name, model in adapted_models(pipeline).items()}
    StableDiffusionPipeline.save_lora_weights(file.parent, **layers, **(metadata or {}))
    (file.parent / LORA_WEIGHT_NAME_SAFE).rename(file)


def save_diffusers_with_metadata(pipeline, file):
    models = adapted_models(pipeline).items()
    configs = {f"{name}_lora_adapter_metadata": adapter_description(model) for name, model in models}
    save_diffusers(pipeline, file, configs)


def save_old_diffusers(pipeline, file):
    """The names of the attention processors of diffusers up to 0.16, and of its text encoders."""
    state = {f"unet.{name}": value for name, value in peft_state(pipeline.unet).items()}
    state |= {f"text_encoder.text_model.{name}": value for name, value in peft_state(pipeline.text_encoder).items()}
    renamed = {}
    for name, value in state.items():
        name = name.replace("lora_A", "down").replace("lora_B", "up")
        name = re.sub(r"(attn[12])\.to_(q|k|v|out)(?:\.0)?\.(down|up)", r"\1.processor.to_\2_lora.\3", name)
        name = re.sub(r"self_attn\.(q|k|v|out)_proj\.(down|up)", r"self_attn.to_\1_lora.\2", name)
        renamed[name] = value
    save_file(renamed, file)


def save_kohya(pipeline, file):
    """As kohya's scripts name them: diffusers' names with underscores for dots; in float16, as they are mostly shared."""
    state, header = {}, {"ss_network_module": "networks.lora"}
    prefixes = {"unet": "lora_unet_", "text_encoder": "lora_te_text_model_"}
    for component, model in adapted_models(pipeline).items():
        alpha = torch.tensor(model.peft_config["default"].lora_alpha, dtype=torch.float16)
        for name, value in peft_state(model).items():
            layer, matrix, _ = name.rsplit(".", 2)
            layer = prefixes[component] + layer.replace(".", "_")
            end = {"lora_A": "lora_down", "lora_B": "lora_up"}[matrix]
            state |= {f"{layer}.{end}.weight": value.half(), f"{layer}.alpha": alpha.clone()}
    save_file(state, file, header)


def save_peft_directory(adapted, base, directory):
    """A directory of peft: the matrices of one model, and beside them their configuration."""
    shutil.rmtree(directory, ignore_errors=True)
    wrapped = get_peft_model(base, adapted.peft_config["default"])
    state = {f"base_model.model.{name}": value for name, value in peft_state(adapted).items()}
    incompatible = set_peft_model_state_dict(wrapped, state)
    assert not incompatible.unexpected_keys, incompatible.unexpected_keys
    wrapped.save_pretrained(directory)
    (directory / "README.md").unlink()
    write_json(directory / "adapter_config.json", adapter_description(wrapped))


def largest_difference(some, other):
    return {part: float((value - other[part]).abs().max()) for part, value in some.items()}


def check(case, plain, expected, loaded):
    """The adapters change what the models compute, and diffusers and peft find all of them in the file."""
    differences = largest_difference(loaded, expected)
    print(f"{case.name}: changes {largest_difference(expected, plain)}, read again {differences}")
    if max(differences.values()) > LARGEST_DIFFERENCE:
        raise AssertionError(f"{case.name} is not read as it was written")


class Writer:
    """Writes the files into a directory and gathers the expected outputs."""

    def __init__(self, pipelines, output):
        self.pipelines = pipelines
        self.output = output
        self.expected = {}
        self.inputs = {name: load_file(pipelines / f"tiny-{name}.safetensors") for name in ("sd1", "sd2")}

    def plain(self, case):
        return load_pipeline(case.recipe, self.pipelines / f"tiny-{case.recipe.name}")

    def outputs(self, case, pipeline):
        return outputs(pipeline, self.inputs[case.recipe.name])

    def keep(self, case, adapted, loaded):
        result = self.outputs(case, adapted)
        check(case, self.outputs(case, self.plain(case)), result, self.outputs(case, loaded))
        parts = [("unet", case.unet), ("text", case.text)]
        self.expected |= {f"{case.name}.{part}": result[part] for part, targets in parts if targets}

    def file(self, case, save):
        """A file for a whole pipeline."""
        file = self.output / f"{case.name}.safetensors"
        adapted = adapted_pipeline(case, self.pipelines)
        save(adapted, file)
        loaded = self.plain(case)
        loaded.load_lora_weights(file.parent, weight_name=file.name)
        self.keep(case, adapted, loaded)

    def unet_file(self, case):
        """What the UNet's own method saves."""
        adapted, loaded = adapted_pipeline(case, self.pipelines), self.plain(case)
        file = self.output / f"{case.name}.safetensors"
        adapter = adapted.unet.peft_config["default"]
        adapter.target_modules = sorted(adapter.target_modules)  # a set has another order in each run
        adapted.unet.save_lora_adapter(self.output, weight_name=file.name)
        loaded.unet.load_lora_adapter(self.output, weight_name=file.name, prefix=None)
        self.keep(case, adapted, loaded)

    def directory(self, case, component):
        """A directory of peft for one model."""
        adapted, loaded = adapted_pipeline(case, self.pipelines), self.plain(case)
        place = self.output / case.name
        save_peft_directory(getattr(adapted, component), getattr(self.plain(case), component), place)
        setattr(loaded, component, PeftModel.from_pretrained(getattr(loaded, component), place))
        self.keep(case, adapted, loaded)


def write_files(pipelines, output):
    writer = Writer(pipelines, output)
    text = tuple(TEXT_ATTENTION)
    whole_text = (*TEXT_ATTENTION, *TEXT_FEED_FORWARD)
    feed_forward = (*ATTENTION, *FEED_FORWARD)
    every = dict(unet=feed_forward, convolutions=True, rank=2)
    uneven = dict(rank_pattern={"attn2.to_k": 2}, alpha_pattern={"attn2.to_q": 8})

    writer.file(Adapted("diffusers", text=text), save_diffusers)
    writer.file(Adapted("diffusers-metadata", text=text, alpha=2, options=uneven), save_diffusers_with_metadata)
    writer.file(Adapted("old-diffusers", text=text), save_old_diffusers)
    writer.file(Adapted("kohya", unet=feed_forward, text=whole_text, alpha=2), save_kohya)
    writer.file(Adapted("kohya-locon", **every, alpha=1), save_kohya)
    writer.file(Adapted("kohya-sd2", unet=feed_forward, text=whole_text, rank=2, alpha=1, recipe=SD2), save_kohya)
    writer.unet_file(Adapted("unet-adapter", alpha=2))
    writer.directory(Adapted("peft-unet", **every, alpha=4, options=dict(use_rslora=True)), "unet")
    writer.directory(Adapted("peft-text", unet=(), text=whole_text, alpha=8), "text_encoder")
    write_tensors(output / "expected.safetensors", writer.expected, seed=SEED)
