"""The same weights in the other layouts that a loader meets: old key names, shards, a float16 variant."""

import json
import shutil

import torch
from diffusers import UNet2DConditionModel
from safetensors.torch import load_file, save_file

from model_fixtures.files import write_json


def save_old_names(source, directory):
    """The key names of early files: a text_model prefix with a position buffer, and query/key/value/proj_attn."""
    shutil.rmtree(directory, ignore_errors=True)
    save_old_text_encoder(source / "text_encoder", directory / "text_encoder")
    save_old_vae(source / "vae", directory / "vae")


def save_old_text_encoder(source, target):
    target.mkdir(parents=True)
    shutil.copy(source / "config.json", target)
    weights = load_file(source / "model.safetensors")
    renamed = {"text_model." + key.removeprefix("text_model."): value for key, value in weights.items()}
    renamed["text_model.embeddings.position_ids"] = torch.arange(77).unsqueeze(0)
    save_file(renamed, target / "model.safetensors", {"format": "pt"})


def save_old_vae(source, target):
    target.mkdir(parents=True)
    config = json.loads((source / "config.json").read_text())
    del config["scaling_factor"]
    write_json(target / "config.json", config)
    old = {".to_q.": ".query.", ".to_k.": ".key.", ".to_v.": ".value.", ".to_out.0.": ".proj_attn."}
    renamed = {}
    for key, value in load_file(source / "diffusion_pytorch_model.safetensors").items():
        for new_part, old_part in old.items():
            key = key.replace(new_part, old_part)
        renamed[key] = value
    save_file(renamed, target / "diffusion_pytorch_model.safetensors", {"format": "pt"})


def save_sharded(source, directory):
    """One UNet in float32 shards with an index, and beside it as one float16 variant."""
    shutil.rmtree(directory, ignore_errors=True)
    unet = UNet2DConditionModel.from_pretrained(source / "unet")
    unet.save_pretrained(directory / "unet", max_shard_size="250KB")
    unet.half().save_pretrained(directory / "unet", variant="fp16")
    drop_source_path(directory / "unet" / "config.json")


def drop_source_path(config_file):
    config = json.loads(config_file.read_text())
    config.pop("_name_or_path", None)
    write_json(config_file, config)
