"""Expected losses, gradient norms and adapters of a short training (diffusers, train_text_to_image_lora.py)."""

from dataclasses import dataclass

import torch
from diffusers import StableDiffusionPipeline
from diffusers.loaders.lora_base import LORA_WEIGHT_NAME_SAFE
from diffusers.optimization import get_scheduler

from lora_fixtures.adapters import (
    ATTENTION,
    FEED_FORWARD,
    TEXT_ATTENTION,
    adapter_description,
    add,
    config,
    convolutions,
    diffusers_state,
    peft_state,
)
from model_fixtures.files import write_tensors
from model_fixtures.tiny_pipelines import SD1, SD2, Recipe, load_pipeline
from model_fixtures.training import (
    ACCUMULATION,
    OPTIMIZER_STEPS,
    WARMUP_STEPS,
    forward,
    micro_batch,
    min_snr_loss,
    training_batches,
    training_scheduler,
)

SEED = 71
LEARNING_RATE = 1e-3
TEXT_LEARNING_RATE = 3e-3


@dataclass(frozen=True)
class Training:
    """A run; its batches are those of the full fine-tuning of the same pipeline."""

    name: str
    recipe: Recipe
    rank: int
    alpha: float
    max_grad_norm: float
    every_layer: bool = False
    text_encoder: bool = False

    def targets(self, unet):
        return ATTENTION + FEED_FORWARD + convolutions(unet) if self.every_layer else ATTENTION


TRAININGS = (
    Training("sd1", SD1, rank=4, alpha=4, max_grad_norm=0.1),
    Training("sd2", SD2, rank=2, alpha=6, max_grad_norm=0.05, every_layer=True),
    Training("sd1-text", SD1, rank=4, alpha=4, max_grad_norm=0.1, text_encoder=True),
)


def add_adapters(pipeline, run):
    """The groups of the optimizer, each with its learning rate."""
    torch.manual_seed(SEED)
    unet_adapter = config(run.rank, run.targets(pipeline.unet), run.alpha)
    groups = [{"params": add(pipeline.unet, unet_adapter), "lr": LEARNING_RATE}]
    pipeline.text_encoder.requires_grad_(False)
    if run.text_encoder:
        text_adapter = config(run.rank, TEXT_ATTENTION, run.alpha)
        groups.append({"params": add(pipeline.text_encoder, text_adapter), "lr": TEXT_LEARNING_RATE})
    return groups


def states(pipeline, run):
    state = {f"unet.{name}": value for name, value in peft_state(pipeline.unet).items()}
    if run.text_encoder:
        state |= {f"text_encoder.{name}": value for name, value in peft_state(pipeline.text_encoder).items()}
    return state


def train(pipeline, run, batches):
    noise_scheduler = training_scheduler(pipeline)
    groups = add_adapters(pipeline, run)
    kept = {f"initial.{name}": value for name, value in states(pipeline, run).items()}
    parameters = [parameter for group in groups for parameter in group["params"]]
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.999), weight_decay=1e-2, eps=1e-8)
    lr_scheduler = get_scheduler("cosine", optimizer, num_warmup_steps=WARMUP_STEPS, num_training_steps=OPTIMIZER_STEPS)
    losses, norms = [], []
    for step in range(OPTIMIZER_STEPS):
        for index in range(step * ACCUMULATION, (step + 1) * ACCUMULATION):
            batch = micro_batch(batches, index, torch.float32)
            result = forward(pipeline, noise_scheduler, batch, train_text_encoder=run.text_encoder)
            loss = min_snr_loss(noise_scheduler, batch["timesteps"], result)
            (loss / ACCUMULATION).backward()
            losses.append(loss.detach())
        norms.append(torch.nn.utils.clip_grad_norm_(parameters, run.max_grad_norm))
        optimizer.step()
        lr_scheduler.step()
        optimizer.zero_grad(set_to_none=True)
    with torch.no_grad():
        last = forward(pipeline, noise_scheduler, micro_batch(batches, 0, torch.float32))
    return {**kept, "loss": torch.stack(losses), "grad_norm": torch.stack(norms), "prediction": last["prediction"]}


def save(pipeline, run, directory):
    """As the script does at its end; with an alpha unlike the rank, as the DreamBooth scripts do."""
    layers = {"unet_lora_layers": diffusers_state(pipeline.unet)}
    metadata = {"unet_lora_adapter_metadata": adapter_description(pipeline.unet)}
    if run.text_encoder:
        layers["text_encoder_lora_layers"] = diffusers_state(pipeline.text_encoder)
        metadata["text_encoder_lora_adapter_metadata"] = adapter_description(pipeline.text_encoder)
    if run.alpha == run.rank:
        metadata = {}
    StableDiffusionPipeline.save_lora_weights(directory, **layers, **metadata, safe_serialization=True)
    (directory / LORA_WEIGHT_NAME_SAFE).rename(directory / f"trained-{run.name}.safetensors")


def write_trainings(pipelines, output):
    for run in TRAININGS:
        pipeline = load_pipeline(run.recipe, pipelines / f"tiny-{run.recipe.name}")
        tensors = train(pipeline, run, training_batches(run.recipe))
        settings = dict(
            seed=SEED,
            rank=run.rank,
            alpha=run.alpha,
            max_grad_norm=run.max_grad_norm,
            learning_rate=LEARNING_RATE,
            text_encoder_lr=TEXT_LEARNING_RATE,
            lr_scheduler="cosine",
            lr_warmup_steps=WARMUP_STEPS,
        )
        write_tensors(output / f"training-{run.name}.safetensors", tensors, **settings)
        save(pipeline, run, output)
        print(f"{run.name}: losses {tensors['loss'].tolist()}")
        print(f"{run.name}: norms {tensors['grad_norm'].tolist()}")
