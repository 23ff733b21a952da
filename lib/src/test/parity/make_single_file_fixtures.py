"""Writes resources/parity/single_files.json: the original names of tensors, each checked by what diffusers makes of it.

Versions as in requirements.txt. The tiny models are those that make_model_fixtures.py wrote:

    python lib/src/test/parity/make_single_file_fixtures.py

For each tiny model, a tensor's entry has its shape and the tensors of the directory that it joins along their first dimension, as
"folder/name". For Stable Diffusion 1.5 and 2.1, which are built without numbers, it is the shape; the buffers that the published
files hold beside the weights are among them.
"""

import json
import re
from pathlib import Path

import diffusers
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.loaders import single_file_utils as hub
from safetensors.torch import load_file
from transformers import CLIPTextConfig, CLIPTextModel

PARITY = Path(__file__).resolve().parent.parent / "resources" / "parity"
UNET, VAE, CLIP, OPEN_CLIP = "model.diffusion_model.", "first_stage_model.", "cond_stage_model.transformer.", "cond_stage_model.model."
RESNET = {
    "norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0", "conv2": "out_layers.3", "conv_shortcut": "skip_connection",
}  # fmt: skip
UNET_ENDS = {
    "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2", "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0", "conv_out": "out.2", "mid_block.resnets.0": "middle_block.0",
    "mid_block.attentions.0": "middle_block.1", "mid_block.resnets.1": "middle_block.2",
}  # fmt: skip
VAE_PARTS = {
    "mid_block.resnets.0": "mid.block_1", "mid_block.resnets.1": "mid.block_2", "mid_block.attentions.0": "mid.attn_1",
    "conv_norm_out": "norm_out", "conv_shortcut": "nin_shortcut", "group_norm": "norm", "to_q": "q", "to_k": "k",
    "to_v": "v", "to_out.0": "proj_out",
}  # fmt: skip
OPEN_CLIP_PARTS = {
    "embeddings.token_embedding": "token_embedding", "embeddings.position_embedding.weight": "positional_embedding",
    "final_layer_norm": "ln_final", "encoder.layers": "transformer.resblocks", "layer_norm1": "ln_1",
    "layer_norm2": "ln_2", "self_attn.out_proj": "attn.out_proj", "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj",
}  # fmt: skip


def replaced(name, parts):
    for new, old in parts.items():
        name = re.sub(rf"(^|\.){re.escape(new)}(\.|$)", rf"\g<1>{old}\g<2>", name)
    return name


def unet_name(name, config):
    per_level = config["layers_per_block"] + 1
    found = re.fullmatch(r"(down|up)_blocks\.(\d+)\.(\w+)\.(\d+)\.(.+)", name)
    if not found:
        name = replaced(name, UNET_ENDS)
        return replaced(name, RESNET) if name.startswith(("middle_block.0", "middle_block.2")) else name
    side, level, kind, layer, rest = found[1], int(found[2]), found[3], int(found[4]), found[5]
    if kind == "downsamplers":
        return f"input_blocks.{(level + 1) * per_level}.0.{rest.replace('conv', 'op')}"
    if kind == "upsamplers":
        place = 2 if "CrossAttn" in config["up_block_types"][level] else 1
        return f"output_blocks.{(level + 1) * per_level - 1}.{place}.{rest}"
    index = level * per_level + layer
    block = f"input_blocks.{1 + index}" if side == "down" else f"output_blocks.{index}"
    return f"{block}.0.{replaced(rest, RESNET)}" if kind == "resnets" else f"{block}.1.{rest}"


def vae_name(name, config):
    levels = len(config["block_out_channels"])
    found = re.fullmatch(r"(\w+)\.(down|up)_blocks\.(\d+)\.(\w+)\.(\d+)\.(.+)", name)
    if not found:
        return replaced(name, VAE_PARTS)
    half, side, level, kind, layer, rest = found[1], found[2], int(found[3]), found[4], found[5], found[6]
    level = level if side == "down" else levels - 1 - level
    return f"{half}.{side}.{level}." + (f"block.{layer}.{replaced(rest, VAE_PARTS)}" if kind == "resnets" else f"{side}sample.{rest}")


def unet_and_vae(tensors, configs):
    """The original tensors of both, each with the one that it is."""
    original = {UNET + unet_name(name, configs["unet"]): ["unet/" + name] for name in tensors["unet"]}
    return original | {VAE + vae_name(name, configs["vae"]): ["vae/" + name] for name in tensors["vae"]}


def text_encoder(names, is_open):
    original = {}
    for name in names:
        plain = name.removeprefix("text_model.")
        fused = re.fullmatch(r"encoder\.layers\.(\d+)\.self_attn\.[qkv]_proj\.(\w+)", plain)
        if not is_open:
            original[f"{CLIP}text_model.{plain}"] = ["text_encoder/" + name]
        elif fused:
            place = f"{OPEN_CLIP}transformer.resblocks.{fused[1]}.attn.in_proj_{fused[2]}"
            start = "text_encoder/" + name.split("self_attn")[0] + "self_attn."
            original[place] = [f"{start}{part}_proj.{fused[2]}" for part in "qkv"]
        else:
            original[OPEN_CLIP + replaced(plain, OPEN_CLIP_PARTS)] = ["text_encoder/" + name]
    return original


def joined(original, tensors):
    """The tensors of the file; the attention of its autoencoder has 1 x 1 convolutions."""
    result = {}
    for name, sources in original.items():
        parts = [tensors[folder][key] for folder, key in (source.split("/", 1) for source in sources)]
        tensor = parts[0] if len(parts) == 1 else torch.cat(parts)
        convolution = name.startswith(VAE) and ".attn_1." in name and tensor.dim() == 2
        result[name] = tensor[:, :, None, None] if convolution else tensor
    return result


def check(file, tensors, configs, text_model):
    """Diffusers reads the original tensors as those that they were made of."""
    for folder, found in (
        ("unet", hub.convert_ldm_unet_checkpoint(dict(file), configs["unet"])),
        ("vae", hub.convert_ldm_vae_checkpoint(dict(file), configs["vae"])),
        ("text_encoder", read_text_encoder(dict(file), text_model)),
    ):
        wanted = tensors[folder]
        assert found.keys() == wanted.keys(), (folder, found.keys() ^ wanted.keys())
        for name, tensor in wanted.items():
            assert found[name].shape == tensor.shape, (name, found[name].shape, tensor.shape)
            assert tensor.is_meta or torch.equal(found[name], tensor), name


def read_text_encoder(file, text_model):
    found = hub.convert_ldm_clip_checkpoint(file) if hub.is_clip_model(file) else hub.convert_open_clip_checkpoint(text_model, file)
    return {name.removeprefix("text_model."): tensor for name, tensor in found.items()}


def tiny(name):
    directory = PARITY / f"tiny-{name}"
    folders = {"unet": "diffusion_pytorch_model", "vae": "diffusion_pytorch_model", "text_encoder": "model"}
    tensors = {folder: load_file(directory / folder / f"{base}.safetensors") for folder, base in folders.items()}
    configs = {folder: json.loads((directory / folder / "config.json").read_text()) for folder in folders}
    original = unet_and_vae(tensors, configs) | text_encoder(tensors["text_encoder"], name == "sd2")
    file = joined(original, tensors)
    check(file, tensors, configs, CLIPTextModel.from_pretrained(directory / "text_encoder"))
    return {key: {"shape": list(file[key].shape), "of": sources} for key, sources in sorted(original.items())}


def published(is_second):
    """The shapes of Stable Diffusion 1.5, or of 2.1, whose text encoder has one layer more than is used."""
    second = {"attention_head_dim": [5, 10, 20, 20], "use_linear_projection": True, "upcast_attention": True, "sample_size": 96}
    text = (
        dict(hidden_size=1024, intermediate_size=4096, num_hidden_layers=23, num_attention_heads=16, hidden_act="gelu")
        if is_second
        else dict(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12)
    )
    with torch.device("meta"):
        models = {
            "unet": UNet2DConditionModel(cross_attention_dim=text["hidden_size"], **(second if is_second else {"sample_size": 64})),
            "vae": AutoencoderKL(
                down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
                block_out_channels=(128, 256, 512, 512), layers_per_block=2, sample_size=512,
            ),
            "text_encoder": CLIPTextModel(CLIPTextConfig(vocab_size=49408, **text)),
        }  # fmt: skip
    tensors = {folder: model.state_dict() for folder, model in models.items()}
    tensors["text_encoder"].pop("embeddings.position_ids", None)
    configs = {folder: models[folder].config for folder in ("unet", "vae")}
    file = joined(unet_and_vae(tensors, configs) | text_encoder(tensors["text_encoder"], is_second), tensors)
    check(file, tensors, configs, models["text_encoder"])
    return {name: list(tensor.shape) for name, tensor in sorted({**file, **extras(is_second, file)}.items())}


def extras(is_second, file):
    found = {name: torch.empty(1000, device="meta") for name in ("betas", "alphas_cumprod", "sqrt_alphas_cumprod", "posterior_mean_coef1")}
    scalar = torch.empty((), device="meta")
    found |= {"model_ema.decay": scalar, "model_ema.num_updates": scalar}
    if is_second:
        last = f"{OPEN_CLIP}transformer.resblocks."
        found |= {name.replace(f"{last}22.", f"{last}23."): tensor for name, tensor in file.items() if name.startswith(f"{last}22.")}
        found[f"{OPEN_CLIP}text_projection"] = torch.empty(1024, 1024, device="meta")
        found[f"{OPEN_CLIP}logit_scale"] = scalar
    else:
        found[f"{CLIP}text_model.embeddings.position_ids"] = torch.empty(1, 77, device="meta")
    return found


def main():
    assert diffusers.__version__ == "0.42.1" and torch.__version__.startswith("2.7.1")
    fixture = {
        "made_with": {"diffusers": diffusers.__version__, "torch": "2.7.1"},
        "tiny-sd1": tiny("sd1"),
        "tiny-sd2": tiny("sd2"),
        "stable-diffusion-1.5": published(False),
        "stable-diffusion-2.1": published(True),
    }
    (PARITY / "single_files.json").write_text(json.dumps(fixture, separators=(",", ":")).replace(',"', ',\n"') + "\n")


if __name__ == "__main__":
    main()
