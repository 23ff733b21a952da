"""Writes resources/parity/schedulers.json, the numbers that the schedulers' parity test compares with.

Needs Python 3.10+, diffusers==0.42.1, torch==2.7.1, numpy and scipy. Run it by hand; the build never does:

    python lib/src/test/parity/make_scheduler_fixtures.py
"""

import json
import sys
from pathlib import Path

import diffusers
import torch
from diffusers import schedulers as hub

TARGET = Path(__file__).parents[1] / "resources" / "parity" / "schedulers.json"
SHAPE = (2, 2, 2, 2)
CALLS = 19
CLASSES = ("DDPMScheduler", "DDIMScheduler", "PNDMScheduler", "EulerDiscreteScheduler")
MULTI, SINGLE, UNIPC = "DPMSolverMultistepScheduler", "DPMSolverSinglestepScheduler", "UniPCMultistepScheduler"
SIGMA_CLASSES = ("EulerAncestralDiscreteScheduler", "HeunDiscreteScheduler", "LMSDiscreteScheduler", MULTI, SINGLE, UNIPC)
SD = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "clip_sample": False}
PLMS = {"skip_prk_steps": True, "set_alpha_to_one": False, "steps_offset": 1}
V = {"prediction_type": "v_prediction"}
SIGMA_OPTIONS = (
    {"use_karras_sigmas": True},
    {"use_karras_sigmas": True, "sigma_min": 0.1, "sigma_max": 12.5},
    {"use_exponential_sigmas": True, "final_sigmas_type": "sigma_min"},
    {"use_beta_sigmas": True},
    {"interpolation_type": "log_linear"},
    {"final_sigmas_type": "sigma_min"},
    {"timestep_type": "continuous", "prediction_type": "v_prediction"},
    {"prediction_type": "sample"},
)
ZERO_SNR = {"rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}


LCM = {"_class_name": "LCMScheduler", **SD}


def floats(tensor):
    return [float(f"{value:.9g}") for value in tensor.flatten().tolist()]


def scheduler_of(config):
    return getattr(hub, config["_class_name"]).from_config(config)


def constants(config):
    scheduler = scheduler_of({"_class_name": "DDPMScheduler", **config})
    at = [0, 1, 2, 250, 499, 500, 501, 750, 998, 999]
    return {
        "config": config,
        "timesteps": at,
        "betas": floats(scheduler.betas[at]),
        "alphas_cumprod": floats(scheduler.alphas_cumprod[at]),
    }


def timesteps(config, count):
    scheduler = scheduler_of(config)
    scheduler.set_timesteps(count)
    row = {"config": config, "num_inference_steps": count, "timesteps": floats(scheduler.timesteps)}
    return {**row, "init_noise_sigma": float(scheduler.init_noise_sigma)}


def loop(config, count, outputs, noises, eta=0.0):
    scheduler = scheduler_of(config)
    scheduler.set_timesteps(count)
    sample = outputs[-1]
    scheduler.is_scale_input_called = True
    if hasattr(scheduler, "set_begin_index"):
        # Else a first timestep that appears twice would be taken for the second.
        scheduler.set_begin_index(0)
    samples = []
    for i, timestep in enumerate(scheduler.timesteps):
        extra = {}
        if eta > 0:
            extra = {"eta": eta, "variance_noise": noises[i]}
        sys.modules[type(scheduler).__module__].randn_tensor = lambda *args, **kwargs: noises[i]
        sample = scheduler.step(outputs[i], timestep, sample, **extra).prev_sample
        samples.append(floats(sample))
    return {"config": config, "num_inference_steps": count, "eta": eta, "samples": samples}


def ends(row):
    """The loop with the samples in the middle and at the end only, which keeps the file small."""
    samples = [s if i in (2, len(row["samples"]) - 1) else [] for i, s in enumerate(row["samples"])]
    return {**row, "samples": samples}


def forward(config, clean, noise):
    scheduler = scheduler_of({"_class_name": "DDPMScheduler", **config})
    at = torch.tensor([3, 999])
    return {
        "config": config,
        "timesteps": at.tolist(),
        "noisy": floats(scheduler.add_noise(clean, noise, at)),
        "velocity": floats(scheduler.get_velocity(clean, noise, at)),
    }


def named(name, *parts):
    config = {"_class_name": name}
    for part in parts:
        config.update(part)
    return config


def all_timesteps():
    for spacing in ("leading", "trailing", "linspace"):
        space = {"timestep_spacing": spacing}
        for count in (1, 2, 3, 7, 27, 48, 50, 112, 333, 999):
            yield timesteps(named("DDIMScheduler", space), count)
        for count in (1, 2, 3, 7, 20):
            yield timesteps(named("PNDMScheduler", space, {"skip_prk_steps": True}), count)
        for count in (4, 5, 7, 20):
            yield timesteps(named("PNDMScheduler", space), count)
        for count in (1, 2, 7, 20):
            yield timesteps(named("EulerDiscreteScheduler", SD, space, {"steps_offset": 1}), count)
    for name in CLASSES:
        yield timesteps(named(name, SD, PLMS), 10)
    for options in (*SIGMA_OPTIONS, {**V, **ZERO_SNR}):
        yield timesteps(named("EulerDiscreteScheduler", SD, options), 10)


def all_loops(outputs, noises):
    for spacing in ("leading", "trailing", "linspace"):
        for prediction in ("epsilon", "v_prediction"):
            parts = (SD, PLMS, {"timestep_spacing": spacing, "prediction_type": prediction})
            for name in CLASSES:
                yield loop(named(name, *parts), 6, outputs, noises)
            yield loop(named("DDIMScheduler", *parts), 6, outputs, noises, eta=0.7)
            yield loop(named("PNDMScheduler", *parts, {"skip_prk_steps": False}), 6, outputs, noises)
    sample = {"prediction_type": "sample", "clip_sample": True, "clip_sample_range": 0.8}
    for name in ("DDPMScheduler", "DDIMScheduler"):
        yield loop(named(name, SD, sample), 6, outputs, noises, eta=0.3 if name == "DDIMScheduler" else 0.0)
        yield loop(named(name, SD, V, ZERO_SNR), 6, outputs, noises)
    for variance in ("fixed_small_log", "fixed_large"):
        yield loop(named("DDPMScheduler", SD, {"variance_type": variance}), 6, outputs, noises)
    for options in (*SIGMA_OPTIONS, {**V, **ZERO_SNR}):
        yield loop(named("EulerDiscreteScheduler", SD, options), 6, outputs, noises)
    for count in (1, 2):
        yield loop(named("PNDMScheduler", SD, PLMS), count, outputs, noises)
    yield loop(named("PNDMScheduler", SD), 10, outputs, noises)


def solver_options():
    """The options of each class of the second generation, beside its defaults."""
    spreads = [{f"use_{name}_sigmas": True} for name in ("karras", "exponential", "beta")]
    for name in ("HeunDiscreteScheduler", "LMSDiscreteScheduler", MULTI, SINGLE, UNIPC):
        yield from ((name, options) for options in spreads)
    sigma_min = {"final_sigmas_type": "sigma_min"}
    for order in (1, 2, 3):
        for kind in ("midpoint", "heun"):
            solver = {"solver_order": order, "solver_type": kind}
            for algorithm in ("dpmsolver", "dpmsolver++", "sde-dpmsolver", "sde-dpmsolver++"):
                options = {**solver, "algorithm_type": algorithm, **sigma_min}
                if not (algorithm == "sde-dpmsolver" and order == 3):
                    yield MULTI, {**options, "lower_order_final": False}
                if algorithm != "sde-dpmsolver":
                    yield SINGLE, options
        for kind in ("bh1", "bh2"):
            for predict_x0 in (True, False):
                options = {"solver_order": order, "solver_type": kind, "predict_x0": predict_x0}
                yield UNIPC, {**options, **sigma_min}
    yield MULTI, {"use_lu_lambdas": True}
    yield MULTI, {"euler_at_final": True, "algorithm_type": "sde-dpmsolver++"}
    yield MULTI, {"solver_order": 3, "algorithm_type": "sde-dpmsolver++"}
    yield MULTI, {"beta_schedule": "squaredcos_cap_v2", "use_karras_sigmas": True}
    yield MULTI, {"beta_schedule": "squaredcos_cap_v2", "lambda_min_clipped": -5.1}
    yield MULTI, {"thresholding": True, "sample_max_value": 1.5}
    for name in ("EulerAncestralDiscreteScheduler", MULTI, UNIPC):
        yield name, {**V, **ZERO_SNR}
    yield "HeunDiscreteScheduler", {"clip_sample": True, "clip_sample_range": 0.8}


def more_rows(make):
    for name in SIGMA_CLASSES:
        for spacing in ("leading", "trailing", "linspace"):
            yield make(named(name, SD, PLMS, {"timestep_spacing": spacing}))
        yield make(named(name, SD, PLMS, V))
    for name, options in solver_options():
        yield make(named(name, SD, options))


def main():
    assert diffusers.__version__ == "0.42.1" and torch.__version__.startswith("2.7.1")
    generator = torch.Generator().manual_seed(20)
    outputs = [torch.randn(SHAPE, generator=generator) for _ in range(CALLS + 1)]
    noises = [torch.randn(SHAPE, generator=generator) for _ in range(CALLS)]
    schedules = ("linear", "scaled_linear", "squaredcos_cap_v2", "sigmoid", "laplace")
    fixture = {
        "made_with": {"diffusers": diffusers.__version__, "torch": "2.7.1"},
        "shape": SHAPE,
        "outputs": [floats(t) for t in outputs],
        "noises": [floats(t) for t in noises],
        "constants": [constants({"beta_schedule": name}) for name in schedules]
        + [constants(SD), constants({**SD, "rescale_betas_zero_snr": True})],
        "timesteps": [*all_timesteps(), *more_rows(lambda config: timesteps(config, 9)), timesteps(LCM, 4)],
        "loops": [
            *all_loops(outputs, noises),
            *more_rows(lambda config: ends(loop(config, 7, outputs, noises))),
            loop(LCM, 4, outputs, noises),
        ],
        "forward": [forward(SD, outputs[0], noises[0]), forward({**SD, **ZERO_SNR}, outputs[0], noises[0])],
    }
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps(fixture, separators=(",", ":")).replace(',{"config"', ',\n{"config"') + "\n")


if __name__ == "__main__":
    main()
