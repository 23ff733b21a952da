"""Expected losses, gradient norms and weights of a short full fine-tuning."""

import torch
import torch.nn.functional as F
from diffusers import DDPMScheduler, UNet2DConditionModel
from diffusers.optimization import get_scheduler
from diffusers.training_utils import EMAModel, compute_snr

from model_fixtures.files import pixels, token_ids, write_tensors
from model_fixtures.tiny_pipelines import load_pipeline

MICRO_BATCHES = 12
ACCUMULATION = 2
BATCH = 2
OPTIMIZER_STEPS = MICRO_BATCHES // ACCUMULATION
WARMUP_STEPS = 2
SNR_GAMMA = 5.0
LEARNING_RATE = 1e-3
KEPT_STEPS = (1, 3, 6)


def training_batches(recipe):
    generator = torch.Generator().manual_seed(recipe.seed + 4)
    latent_shape = (MICRO_BATCHES, BATCH, 4, 8, 8)
    # every other sample has a low timestep, where min-SNR weights differ from 1
    timesteps = torch.stack(
        [torch.randint(0, limit, (MICRO_BATCHES,), generator=generator) for limit in (150, 1000)], dim=1
    )
    return {
        "pixel_values": pixels((MICRO_BATCHES, BATCH, 3, 16, 16), generator),
        "posterior_noise": torch.randn(latent_shape, generator=generator),
        "noise": torch.randn(latent_shape, generator=generator),
        "timesteps": timesteps,
        "input_ids": torch.stack([token_ids(BATCH, recipe.pad, generator) for _ in range(MICRO_BATCHES)]),
    }


def micro_batch(batches, index, dtype):
    chosen = {name: tensor[index] for name, tensor in batches.items()}
    return {name: tensor.to(dtype) if tensor.is_floating_point() else tensor for name, tensor in chosen.items()}


def forward(pipeline, noise_scheduler, batch, train_text_encoder=False):
    """Everything of a micro-batch up to the prediction and its target."""
    with torch.no_grad():
        posterior = pipeline.vae.encode(batch["pixel_values"]).latent_dist
        latents = (posterior.mean + posterior.std * batch["posterior_noise"]) * pipeline.vae.config.scaling_factor
    with torch.set_grad_enabled(train_text_encoder):
        context = pipeline.text_encoder(batch["input_ids"]).last_hidden_state
    noisy = noise_scheduler.add_noise(latents, batch["noise"], batch["timesteps"])
    if noise_scheduler.config.prediction_type == "epsilon":
        target = batch["noise"]
    else:
        target = noise_scheduler.get_velocity(latents, batch["noise"], batch["timesteps"])
    prediction = pipeline.unet(noisy, batch["timesteps"], context).sample
    return {"latents": latents, "noisy_latents": noisy, "target": target, "prediction": prediction}


def min_snr_weights(noise_scheduler, timesteps, gamma):
    snr = compute_snr(noise_scheduler, timesteps)
    divisor = snr if noise_scheduler.config.prediction_type == "epsilon" else snr + 1
    return snr.clamp(max=gamma) / divisor


def min_snr_loss(noise_scheduler, timesteps, result):
    per_sample = F.mse_loss(result["prediction"], result["target"], reduction="none").mean(dim=(1, 2, 3))
    return (per_sample * min_snr_weights(noise_scheduler, timesteps, SNR_GAMMA)).mean()


def training_scheduler(pipeline):
    return DDPMScheduler.from_config(pipeline.scheduler.config)


@torch.no_grad()
def untrained_losses(pipeline, batches):
    """Losses of every micro-batch with the weights as loaded, with and without min-SNR."""
    noise_scheduler = training_scheduler(pipeline)
    plain, weighted = [], []
    for index in range(MICRO_BATCHES):
        batch = micro_batch(batches, index, torch.float32)
        result = forward(pipeline, noise_scheduler, batch)
        plain.append(F.mse_loss(result["prediction"], result["target"]))
        weighted.append(min_snr_loss(noise_scheduler, batch["timesteps"], result))
        if index == 0:
            first = {f"first.{name}": tensor for name, tensor in result.items()}
    return {"loss_mse": torch.stack(plain), "loss_min_snr": torch.stack(weighted), **first}


def train(pipeline, recipe, batches):
    """The trajectory of full fine-tuning: what is logged, and the weights and their average on the way."""
    unet, noise_scheduler = pipeline.unet.train(), training_scheduler(pipeline)
    optimizer = torch.optim.AdamW(unet.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.999), weight_decay=1e-2, eps=1e-8)
    lr_scheduler = get_scheduler("cosine", optimizer, num_warmup_steps=WARMUP_STEPS, num_training_steps=OPTIMIZER_STEPS)
    ema = EMAModel(unet.parameters(), model_cls=UNet2DConditionModel, model_config=unet.config)
    losses, norms, rates, kept = [], [], [], {}
    for step in range(1, OPTIMIZER_STEPS + 1):
        for index in range((step - 1) * ACCUMULATION, step * ACCUMULATION):
            batch = micro_batch(batches, index, unet.dtype)
            loss = min_snr_loss(noise_scheduler, batch["timesteps"], forward(pipeline, noise_scheduler, batch))
            (loss / ACCUMULATION).backward()
            losses.append(loss.detach())
        norms.append(torch.nn.utils.clip_grad_norm_(unet.parameters(), recipe.max_grad_norm))
        rates.append(lr_scheduler.get_last_lr()[0])
        optimizer.step()
        lr_scheduler.step()
        optimizer.zero_grad(set_to_none=True)
        ema.step(unet.parameters())
        if step in KEPT_STEPS:
            kept |= kept_weights(unet, ema, recipe.kept_weights, step)
    logged = {"loss": torch.stack(losses), "grad_norm": torch.stack(norms), "lr": torch.tensor(rates)}
    return {**logged, **kept, **weight_summary(unet, ema)}


def kept_weights(unet, ema, names, step):
    kept = {}
    for (name, parameter), average in zip(unet.named_parameters(), ema.shadow_params, strict=True):
        if name in names:
            kept[f"step{step}.unet.{name}"] = parameter.detach().clone()
            kept[f"step{step}.ema.{name}"] = average.clone()
    return kept


def weight_summary(unet, ema):
    """For every parameter at the end: [L2 norm, sum], accumulated in float64."""

    def summary(tensor):
        tensor = tensor.detach().double()
        return torch.stack([tensor.norm(), tensor.sum()]).float()

    summaries = {}
    for (name, parameter), average in zip(unet.named_parameters(), ema.shadow_params, strict=True):
        summaries[f"final.unet.{name}"] = summary(parameter)
        summaries[f"final.ema.{name}"] = summary(average)
    return summaries


def report_training_drift(recipe, tensors, precise):
    for prefix in ("loss", "grad_norm", *(f"step{step}.{part}" for step in KEPT_STEPS for part in ("unet", "ema"))):
        names = [name for name in tensors if name == prefix or name.startswith(prefix + ".")]
        worst = max(float((tensors[name].double() - precise[name].double()).abs().max()) for name in names)
        print(f"{recipe.name} training: {prefix} absolute drift {worst:.1e}")
    print(f"{recipe.name} training: losses {tensors['loss'].tolist()}")
    print(f"{recipe.name} training: norms {tensors['grad_norm'].tolist()}")


def write_training(recipe, directory, output):
    batches = training_batches(recipe)
    settings = dict(
        seed=recipe.seed + 4,
        prediction_type=recipe.scheduler.get("prediction_type", "epsilon"),
        gradient_accumulation_steps=ACCUMULATION,
        max_train_steps=OPTIMIZER_STEPS,
        snr_gamma=SNR_GAMMA,
        max_grad_norm=recipe.max_grad_norm,
        optimizer="AdamW",
        learning_rate=LEARNING_RATE,
        adam_beta1=0.9,
        adam_beta2=0.999,
        adam_weight_decay=1e-2,
        adam_epsilon=1e-8,
        lr_scheduler="cosine",
        lr_warmup_steps=WARMUP_STEPS,
        ema_decay=0.9999,
    )
    tensors = train(load_pipeline(recipe, directory), recipe, batches)
    write_tensors(output / f"training-{recipe.name}.safetensors", {**batches, **tensors}, **settings)
    untrained = untrained_losses(load_pipeline(recipe, directory), batches)
    write_tensors(output / f"training-{recipe.name}-untrained.safetensors", untrained, **settings)
    report_training_drift(recipe, tensors, train(load_pipeline(recipe, directory).to(torch.float64), recipe, batches))
