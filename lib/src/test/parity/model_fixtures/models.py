"""Expected outputs of the text encoder, the VAE and the UNet, and gradients of the UNet."""

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextModel

from model_fixtures.files import pixels, token_ids


@torch.no_grad()
def text_case(text_encoder, pad, generator):
    ids = token_ids(2, pad, generator)
    return {"text.input_ids": ids, "text.last_hidden_state": text_encoder(ids).last_hidden_state}


@torch.no_grad()
def vae_case(vae, name, size, generator):
    image = pixels(size, generator)
    posterior = vae.encode(image).latent_dist
    latents = 3 * torch.randn(posterior.mean.shape, generator=generator)
    return {
        f"vae.{name}.pixel_values": image,
        f"vae.{name}.mean": posterior.mean,
        f"vae.{name}.logvar": posterior.logvar,
        f"vae.{name}.latents": latents,
        f"vae.{name}.decoded": vae.decode(latents).sample,
    }


@torch.no_grad()
def unet_case(unet, name, height, width, timesteps, generator):
    sample = torch.randn((2, 4, height, width), generator=generator)
    context = torch.randn((2, 77, unet.config.cross_attention_dim), generator=generator)
    timesteps = torch.tensor(timesteps)
    return {
        f"unet.{name}.sample": sample,
        f"unet.{name}.timesteps": timesteps,
        f"unet.{name}.encoder_hidden_states": context,
        f"unet.{name}.output": unet(sample, timesteps, context).sample,
    }


def gradient_case(unet, kept_weights, inputs, generator):
    """Gradients of mean((output - target)^2) for the inputs of the square case."""
    sample, timesteps, context = (inputs[f"unet.square.{n}"] for n in ("sample", "timesteps", "encoder_hidden_states"))
    target = torch.randn(sample.shape, generator=generator)
    unet.zero_grad()
    loss = F.mse_loss(unet(sample, timesteps, context).sample, target)
    loss.backward()
    gradients = {name: parameter.grad for name, parameter in unet.named_parameters()}
    unet.zero_grad()
    return {
        "gradient.target": target,
        "gradient.loss": loss,
        **{f"gradient.norm.{name}": gradient.double().norm().float() for name, gradient in gradients.items()},
        **{f"gradient.value.{name}": gradients[name] for name in kept_weights},
    }


def model_cases(pipeline, recipe):
    generator = torch.Generator().manual_seed(recipe.seed + 1)
    tensors = text_case(pipeline.text_encoder, recipe.pad, generator)
    tensors |= vae_case(pipeline.vae, "square", (2, 3, 32, 32), generator)
    tensors |= vae_case(pipeline.vae, "wide", (1, 3, 24, 40), generator)
    tensors |= unet_case(pipeline.unet, "square", 8, 8, [1, 987], generator)
    tensors |= unet_case(pipeline.unet, "wide", 8, 12, [500, 42], generator)
    # sides that no power of two divides: every upsampler has to take its size from the skip connection
    tensors |= unet_case(pipeline.unet, "odd", 7, 9, [0, 999], generator)
    return tensors | gradient_case(pipeline.unet, recipe.kept_weights, tensors, generator)


def check_equal(expected, actual, what):
    different = [name for name in expected if not torch.equal(expected[name], actual[name])]
    if different:
        raise AssertionError(f"{what} gives other numbers than the pipeline in memory: {different}")


@torch.no_grad()
def check_other_layouts(output, expected):
    """The old key names give the very same numbers, and so do the shards."""
    text_encoder = CLIPTextModel.from_pretrained(output / "tiny-sd1-old-names" / "text_encoder")
    states = text_encoder(expected["sd1"]["text.input_ids"]).last_hidden_state
    check_equal({"text": expected["sd1"]["text.last_hidden_state"]}, {"text": states}, "the old text encoder")

    vae = AutoencoderKL.from_pretrained(output / "tiny-sd1-old-names" / "vae")
    mean = vae.encode(expected["sd1"]["vae.square.pixel_values"]).latent_dist.mean
    check_equal({"mean": expected["sd1"]["vae.square.mean"]}, {"mean": mean}, "the old VAE")

    unet = UNet2DConditionModel.from_pretrained(output / "tiny-sd2-sharded" / "unet")
    check_equal({"out": expected["sd2"]["unet.square.output"]}, {"out": square_output(unet, expected["sd2"])}, "shards")


@torch.no_grad()
def square_output(unet, tensors):
    names = ("sample", "timesteps", "encoder_hidden_states")
    return unet(*(tensors[f"unet.square.{name}"] for name in names)).sample


def variant_case(output, tensors):
    """What the float16 variant computes after loading as float32."""
    unet = UNet2DConditionModel.from_pretrained(
        output / "tiny-sd2-sharded" / "unet", variant="fp16", dtype=torch.float32
    )
    return {"unet.square.output_of_fp16_variant": square_output(unet, tensors)}
