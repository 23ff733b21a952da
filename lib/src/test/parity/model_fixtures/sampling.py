"""Expected latents and images of guided sampling."""

import torch
from diffusers import DDIMScheduler, DDPMScheduler, PNDMScheduler

from model_fixtures.files import drift, token_ids
from model_fixtures.tiny_pipelines import load_pipeline

SAMPLING_STEPS = 12
GUIDANCE = 7.5
SAMPLERS = {"pndm": PNDMScheduler, "ddim": DDIMScheduler, "ddpm": DDPMScheduler}


@torch.no_grad()
def sample_latents(pipeline, inputs, seed, guidance_rescale=0.0):
    """Final latents of a run with the pipeline's scheduler."""
    dtype = pipeline.unet.dtype
    pipeline.set_progress_bar_config(disable=True)
    return pipeline(
        prompt_embeds=pipeline.text_encoder(inputs["input_ids"]).last_hidden_state,
        negative_prompt_embeds=pipeline.text_encoder(inputs["negative_input_ids"]).last_hidden_state,
        latents=inputs["latents"].to(dtype),
        height=inputs["latents"].shape[2] * pipeline.vae_scale_factor,
        width=inputs["latents"].shape[3] * pipeline.vae_scale_factor,
        num_inference_steps=SAMPLING_STEPS,
        guidance_scale=GUIDANCE,
        guidance_rescale=guidance_rescale,
        generator=torch.Generator().manual_seed(seed),
        output_type="latent",
    ).images


@torch.no_grad()
def sample(pipeline, sampler, inputs, seed, guidance_rescale=0.0):
    """Final latents and the decoded image in [0, 1]."""
    pipeline.scheduler = SAMPLERS[sampler].from_config(pipeline.scheduler.config)
    latents = sample_latents(pipeline, inputs, seed, guidance_rescale)
    image = pipeline.vae.decode(latents / pipeline.vae.config.scaling_factor).sample
    return latents, (image / 2 + 0.5).clamp(0, 1)


def step_noises(shape, seed):
    """The noises that DDPM draws: the generator of the call serves nothing else, and every step draws once."""
    generator = torch.Generator().manual_seed(seed)
    return torch.stack([torch.randn(shape, generator=generator) for _ in range(SAMPLING_STEPS)])


def sampling_cases(pipeline, recipe):
    generator = torch.Generator().manual_seed(recipe.seed + 2)
    seed = recipe.seed + 3
    inputs = {
        "input_ids": token_ids(2, recipe.pad, generator),
        "negative_input_ids": token_ids(2, recipe.pad, generator),
        "latents": torch.randn((2, 4, 8, 12), generator=generator),
    }
    tensors = {**inputs, "ddpm.noises": step_noises(inputs["latents"].shape, seed)}
    for sampler in SAMPLERS:
        tensors[f"{sampler}.latents"], tensors[f"{sampler}.image"] = sample(pipeline, sampler, inputs, seed)
        tensors[f"{sampler}.timesteps"] = pipeline.scheduler.timesteps
    tensors["ddim_rescaled.latents"], tensors["ddim_rescaled.image"] = sample(pipeline, "ddim", inputs, seed, 0.7)
    return inputs, tensors


def report_sampling_drift(recipe, directory, inputs, tensors):
    precise = load_pipeline(recipe, directory).to(torch.float64)
    for sampler in ("pndm", "ddim"):
        latents, image = sample(precise, sampler, inputs, 0)
        print(
            f"{recipe.name} {sampler}: latents drift {drift(tensors[f'{sampler}.latents'], latents):.1e},"
            f" image drift {drift(tensors[f'{sampler}.image'], image):.1e},"
            f" latents std {latents.std():.2f}, image std {image.std():.3f}"
        )
