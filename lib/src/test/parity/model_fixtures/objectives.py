"""Expected trajectories of full fine-tuning with every option of the objective, the accumulation and the learning rate.

The optimizer steps run through accelerate, as those of the training script do, and the formulas are diffusers' own. The
noise comes from torch's global generator, seeded anew for each micro-batch; images, captions and timesteps are those of
training-sd1.safetensors and training-sd2.safetensors.
"""

from dataclasses import asdict, dataclass

import accelerate
import torch
import torch.nn.functional as F
from accelerate.state import AcceleratorState, GradientState
from diffusers import DDPMScheduler, UNet2DConditionModel
from diffusers.optimization import get_scheduler
from diffusers.training_utils import EMAModel, compute_dream_and_update_latents

from model_fixtures.files import VERSIONS, write_json, write_tensors
from model_fixtures.tiny_pipelines import load_pipeline
from model_fixtures.training import LEARNING_RATE, MICRO_BATCHES, min_snr_weights, training_batches

KEPT_WEIGHTS = ("conv_in.bias", "mid_block.attentions.0.transformer_blocks.0.attn1.to_q.weight", "conv_out.weight")
LAST_TIMESTEP = 999
ACCELERATE_VERSION = "1.15.0"


@dataclass(frozen=True)
class Run:
    """One trajectory; the names are those of the script's flags where it has them."""

    name: str
    model: str = "sd1"
    noise_offset: float = 0.0
    input_perturbation: float = 0.0
    dream_detail_preservation: float | None = None
    snr_gamma: float | None = None
    rescale_betas_zero_snr: bool = False
    max_train_steps: int = 4
    batches_per_epoch: int = MICRO_BATCHES
    gradient_accumulation_steps: int = 1
    diffusers_compatible: bool = True
    lr_scheduler: str = "constant"
    lr_warmup_steps: int = 0
    lr_num_cycles: int = 1
    lr_power: float = 1.0
    lr_step_rules: str | None = None


def schedule(name, **options):
    return Run(f"lr-{name}", lr_scheduler=name, lr_warmup_steps=2, max_train_steps=6, **options)


def tail(name, **options):
    return Run(name, batches_per_epoch=5, gradient_accumulation_steps=2, max_train_steps=6, **options)


RUNS = (
    Run("noise-offset", noise_offset=0.1),
    Run("input-perturbation", input_perturbation=0.1),
    Run("offset-and-perturbation", noise_offset=0.05, input_perturbation=0.1, snr_gamma=5.0),
    Run("dream", dream_detail_preservation=1.0),
    Run("dream-half", dream_detail_preservation=0.5),
    Run("dream-min-snr", dream_detail_preservation=1.0, snr_gamma=5.0),
    Run("dream-half-min-snr", dream_detail_preservation=0.5, snr_gamma=5.0),
    Run("dream-and-perturbation", dream_detail_preservation=1.0, input_perturbation=0.1, noise_offset=0.05),
    Run("v", model="sd2"),
    Run("v-min-snr", model="sd2", snr_gamma=5.0),
    Run("v-offset-and-perturbation", model="sd2", noise_offset=0.05, input_perturbation=0.1),
    Run("v-zero-terminal", model="sd2", rescale_betas_zero_snr=True),
    Run("v-zero-terminal-min-snr", model="sd2", rescale_betas_zero_snr=True, snr_gamma=5.0),
    tail("tail-as-accelerate"),
    tail("tail-by-real-size", diffusers_compatible=False),
    schedule("constant"),
    schedule("constant_with_warmup"),
    schedule("linear"),
    schedule("cosine"),
    schedule("cosine_with_restarts", lr_num_cycles=2),
    schedule("polynomial", lr_power=2.0),
    schedule("piecewise_constant", lr_step_rules="1:2,0.5:4,0.1"),
)


def inputs(recipe):
    """Those of the training fixtures; every other micro-batch of the zero-terminal runs has the last timestep."""
    batches = training_batches(recipe)
    late = batches["timesteps"].clone()
    late[::2, 1] = LAST_TIMESTEP
    return {**batches, "late_timesteps": late}


def noise_scheduler(pipeline, run):
    rescale = {"rescale_betas_zero_snr": True} if run.rescale_betas_zero_snr else {}
    return DDPMScheduler.from_config(pipeline.scheduler.config, **rescale)


def draw_noise(latents, run):
    """Plain noise with its offset, and the same with the perturbation that is not to be predicted.

    By shape and not by randn_like, which fills in the order of the memory, and that differs from machine to machine.
    """
    noise = torch.randn(latents.shape)
    if run.noise_offset:
        noise = noise + run.noise_offset * torch.randn(*latents.shape[:2], 1, 1)
    perturbed = noise + run.input_perturbation * torch.randn(noise.shape) if run.input_perturbation else noise
    return noise, perturbed


def micro_batch_loss(pipeline, unet, scheduler, run, pixel_values, input_ids, timesteps):
    with torch.no_grad():
        latents = pipeline.vae.encode(pixel_values).latent_dist.sample() * pipeline.vae.config.scaling_factor
        context = pipeline.text_encoder(input_ids).last_hidden_state
    noise, perturbed = draw_noise(latents, run)
    noisy = scheduler.add_noise(latents, perturbed, timesteps)
    velocity = scheduler.config.prediction_type == "v_prediction"
    target = scheduler.get_velocity(latents, noise, timesteps) if velocity else noise
    if run.dream_detail_preservation is not None:
        noisy, target = compute_dream_and_update_latents(
            unet, scheduler, timesteps, noise, noisy, target, context, run.dream_detail_preservation
        )
    errors = F.mse_loss(unet(noisy, timesteps, context).sample, target, reduction="none").mean(dim=(1, 2, 3))
    if run.snr_gamma is not None:
        errors = errors * min_snr_weights(scheduler, timesteps, run.snr_gamma)
    return errors.mean()


def trajectory(pipeline, recipe, run, batches):
    AcceleratorState._reset_state(True)
    GradientState._reset_state()
    accelerator = accelerate.Accelerator(cpu=True, gradient_accumulation_steps=run.gradient_accumulation_steps)
    unet, scheduler = pipeline.unet.train(), noise_scheduler(pipeline, run)
    start = {name: parameter.detach().clone() for name, parameter in unet.named_parameters()}
    optimizer = torch.optim.AdamW(unet.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.999), weight_decay=1e-2, eps=1e-8)
    lr_scheduler = get_scheduler(
        run.lr_scheduler,
        optimizer,
        step_rules=run.lr_step_rules,
        num_warmup_steps=run.lr_warmup_steps,
        num_training_steps=run.max_train_steps,
        num_cycles=run.lr_num_cycles,
        power=run.lr_power,
    )
    ema = EMAModel(unet.parameters(), model_cls=UNet2DConditionModel, model_config=unet.config)
    loader = torch.utils.data.DataLoader(range(run.batches_per_epoch), batch_size=1, shuffle=False)
    unet, optimizer, loader, lr_scheduler = accelerator.prepare(unet, optimizer, loader, lr_scheduler)
    timesteps = batches["late_timesteps" if run.rescale_betas_zero_snr else "timesteps"]
    logged, logged_loss, position = {"loss": [], "grad_norm": [], "lr": []}, 0.0, 0
    while len(logged["loss"]) < run.max_train_steps:
        for item in loader:
            index = int(item)
            with accelerator.accumulate(unet):
                torch.manual_seed(noise_seed(recipe) + position)
                images, captions = batches["pixel_values"][index], batches["input_ids"][index]
                loss = micro_batch_loss(pipeline, unet, scheduler, run, images, captions, timesteps[index])
                share = run.gradient_accumulation_steps / divisor(run, index)
                logged_loss += share * loss.item() / run.gradient_accumulation_steps
                accelerator.backward(share * loss)
                if accelerator.sync_gradients:
                    logged["grad_norm"].append(accelerator.clip_grad_norm_(unet.parameters(), recipe.max_grad_norm))
                    logged["lr"].append(lr_scheduler.get_last_lr()[0])
                optimizer.step()
                lr_scheduler.step()
                optimizer.zero_grad()
            position += 1
            if accelerator.sync_gradients:
                ema.step(unet.parameters())
                logged["loss"].append(logged_loss)
                logged_loss = 0.0
            if len(logged["loss"]) == run.max_train_steps:
                break
    return {name: torch.tensor(values) for name, values in logged.items()} | final_weights(unet, ema, start)


def divisor(run, index):
    """accelerate divides by the whole accumulation; the other way is by the micro-batches that the group really has."""
    size = run.gradient_accumulation_steps
    return size if run.diffusers_compatible else min(size, run.batches_per_epoch - index // size * size)


def final_weights(unet, ema, start):
    """A few weights as they are, and of each the L2 norm and the sum of its change, in the order of the sorted names."""
    trained = {name: parameter.detach() for name, parameter in unet.named_parameters()}
    averaged = dict(zip(trained, ema.shadow_params, strict=True))
    kept = {}
    for kind, weights in (("unet", trained), ("ema", averaged)):
        changes = [(weights[name] - start[name]).double() for name in sorted(start)]
        kept[f"{kind}.changes"] = torch.stack([torch.stack([c.norm(), c.sum()]) for c in changes]).float()
        kept |= {f"{kind}.{name}": weights[name].clone() for name in KEPT_WEIGHTS}
    return kept


def noise_seed(recipe):
    return recipe.seed * 1000


def write_runs(recipes, output):
    recipes = {recipe.name: recipe for recipe in recipes}
    shared = {
        name: {"noise_seed": noise_seed(recipe), "max_grad_norm": recipe.max_grad_norm, "learning_rate": LEARNING_RATE}
        for name, recipe in recipes.items()
    }
    runs = [{**asdict(run), **shared[run.model]} for run in RUNS]
    write_json(output / "objectives.json", {"versions": {**VERSIONS, "accelerate": ACCELERATE_VERSION}, "runs": runs})


def write_objectives(recipes, output):
    write_runs(recipes, output)
    for recipe in recipes:
        batches = inputs(recipe)
        tensors = {"late_timesteps": batches["late_timesteps"]}
        for run in (run for run in RUNS if run.model == recipe.name):
            pipeline = load_pipeline(recipe, output / f"tiny-{recipe.name}")
            result = trajectory(pipeline, recipe, run, batches)
            tensors |= {f"{run.name}.{name}": tensor for name, tensor in result.items()}
            print(f"{recipe.name} {run.name}: losses {result['loss'].tolist()}, norms {result['grad_norm'].tolist()}")
        write_tensors(
            output / f"objectives-{recipe.name}.safetensors",
            tensors,
            accelerate=ACCELERATE_VERSION,
        )
