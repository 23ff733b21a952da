"""What the tiny pipelines are made of, and how they are built, saved and loaded."""

import shutil
from dataclasses import dataclass

import diffusers
import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

from model_fixtures.files import END, VOCABULARY, write_json

# the tokenizer is added by the tests that need one
ABSENT = dict(tokenizer=None, safety_checker=None, feature_extractor=None, requires_safety_checker=False)


def scheduler_config(class_name, **extra):
    """A scheduler_config.json with the keys that the published SD-1.5 and SD-2.1 files have."""
    return {
        "_class_name": class_name,
        "_diffusers_version": "0.6.0",
        "beta_end": 0.012,
        "beta_schedule": "scaled_linear",
        "beta_start": 0.00085,
        "clip_sample": False,
        "num_train_timesteps": 1000,
        "set_alpha_to_one": False,
        "skip_prk_steps": True,
        "steps_offset": 1,
        "trained_betas": None,
        **extra,
    }


@dataclass(frozen=True)
class Recipe:
    """What one tiny pipeline is made of, and the seed of its weights and inputs."""

    name: str
    seed: int
    unet: dict
    vae: dict
    text: dict
    scheduler: dict
    pad: int
    max_grad_norm: float
    kept_weights: tuple


SD1 = Recipe(
    name="sd1",
    seed=15,
    unet=dict(
        sample_size=8,
        block_out_channels=(16, 24),
        layers_per_block=1,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        attention_head_dim=8,
        cross_attention_dim=32,
        norm_num_groups=8,
    ),
    vae=dict(block_out_channels=(8, 16), layers_per_block=1, norm_num_groups=4, sample_size=16),
    text=dict(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        hidden_act="quick_gelu",
        projection_dim=32,
    ),
    scheduler=scheduler_config("PNDMScheduler"),
    pad=END,
    max_grad_norm=1.0,
    kept_weights=(
        "conv_in.weight",
        "time_embedding.linear_1.weight",
        "down_blocks.0.resnets.0.norm1.weight",
        "down_blocks.0.resnets.0.time_emb_proj.bias",
        "down_blocks.0.attentions.0.proj_in.weight",
        "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight",
        "down_blocks.0.downsamplers.0.conv.bias",
        "down_blocks.1.resnets.0.conv_shortcut.weight",
        "mid_block.attentions.0.transformer_blocks.0.attn1.to_out.0.weight",
        "up_blocks.1.attentions.1.transformer_blocks.0.ff.net.0.proj.bias",
        "up_blocks.1.attentions.1.transformer_blocks.0.ff.net.2.weight",
        "conv_norm_out.bias",
        "conv_out.weight",
    ),
)

SD2 = Recipe(
    name="sd2",
    seed=25,  # of the seeds 21 to 28 the one whose PNDM samples amplify rounding least
    unet=dict(
        sample_size=8,
        block_out_channels=(8, 12, 16),
        layers_per_block=2,
        down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
        attention_head_dim=[2, 3, 4],
        cross_attention_dim=48,
        norm_num_groups=4,
        use_linear_projection=True,
        upcast_attention=True,
    ),
    vae=dict(block_out_channels=(8, 16), layers_per_block=2, norm_num_groups=4, sample_size=16),
    text=dict(
        hidden_size=48,
        intermediate_size=64,
        num_hidden_layers=3,
        num_attention_heads=4,
        hidden_act="gelu",
        projection_dim=32,
    ),
    scheduler=scheduler_config("DDIMScheduler", prediction_type="v_prediction"),
    pad=0,
    max_grad_norm=0.5,
    kept_weights=(
        "conv_in.bias",
        "time_embedding.linear_2.weight",
        "down_blocks.0.resnets.1.conv1.weight",
        "down_blocks.0.attentions.0.proj_in.weight",
        "down_blocks.1.attentions.1.transformer_blocks.0.attn1.to_q.weight",
        "down_blocks.1.attentions.1.transformer_blocks.0.attn2.to_v.weight",
        "down_blocks.1.downsamplers.0.conv.weight",
        "mid_block.resnets.1.time_emb_proj.weight",
        "up_blocks.0.upsamplers.0.conv.bias",
        "up_blocks.1.resnets.2.conv_shortcut.weight",
        "up_blocks.2.attentions.2.norm.weight",
        "up_blocks.2.attentions.2.transformer_blocks.0.norm3.bias",
        "conv_out.weight",
    ),
)


@torch.no_grad()
def randomise(module, generator):
    """Moves every parameter away from its initial 0, 1 or near-zero value, so that each one influences the output."""
    for name, parameter in module.named_parameters():
        if parameter.dim() < 2:
            scale = 0.1
        elif "embedding" in name and "time_embedding" not in name:
            scale = 0.5
        else:
            fan_in = parameter[0].numel()
            # attention must be far from uniform, or a wrong scale or mask would hardly show
            sharp = any(part in name for part in ("to_q", "to_k", "q_proj", "k_proj"))
            scale = (1.5 if sharp else 0.7) * fan_in**-0.5
        parameter += scale * torch.randn(parameter.shape, generator=generator)


@torch.no_grad()
def spread_latents(vae):
    """Gives the posterior the proportions of a trained VAE: a mean several units wide, a small variance."""
    vae.quant_conv.weight[:4] *= 4
    vae.quant_conv.weight[4:] *= 0.5
    vae.quant_conv.bias[4:] -= 4


def build_pipeline(recipe):
    torch.manual_seed(recipe.seed)
    generator = torch.Generator().manual_seed(recipe.seed)
    unet = UNet2DConditionModel(**recipe.unet)
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        **recipe.vae,
    )
    text_encoder = CLIPTextModel(
        CLIPTextConfig(vocab_size=VOCABULARY, bos_token_id=0, eos_token_id=2, pad_token_id=1, **recipe.text)
    )
    for module in (unet, vae, text_encoder):
        randomise(module, generator)
    spread_latents(vae)
    return StableDiffusionPipeline(
        unet=unet.eval(),
        vae=vae.eval(),
        text_encoder=text_encoder.eval(),
        scheduler=scheduler_class(recipe).from_config(recipe.scheduler),
        **ABSENT,
    )


def scheduler_class(recipe):
    return getattr(diffusers, recipe.scheduler["_class_name"])


def save_pipeline(pipeline, recipe, directory):
    """Saves in the diffusers layout; the scheduler file keeps the short form of the published models."""
    shutil.rmtree(directory, ignore_errors=True)
    pipeline.save_pretrained(directory)
    write_json(directory / "scheduler" / "scheduler_config.json", recipe.scheduler)


def load_pipeline(recipe, directory):
    return StableDiffusionPipeline(
        unet=UNet2DConditionModel.from_pretrained(directory / "unet"),
        vae=AutoencoderKL.from_pretrained(directory / "vae"),
        text_encoder=CLIPTextModel.from_pretrained(directory / "text_encoder"),
        scheduler=scheduler_class(recipe).from_pretrained(directory / "scheduler"),
        **ABSENT,
    )
