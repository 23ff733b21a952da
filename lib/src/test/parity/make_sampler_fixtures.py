"""Writes resources/parity/samplers-sd{1,2}.safetensors: the final latents of guided runs with every scheduler.

Versions as in requirements.txt. The models are those that make_model_fixtures.py wrote, and the inputs a part of its own:

    python lib/src/test/parity/make_sampler_fixtures.py

A tensor's name says where its scheduler comes from: "from_config" and what is changed in the configuration of PNDM that published
models have, or "file" and a whole scheduler_config.json. The run prints how far float64 ends up from each.
"""

import json
import sys
from pathlib import Path

import diffusers
import torch
from diffusers import PNDMScheduler
from diffusers.utils.torch_utils import randn_tensor
from safetensors.torch import load_file

from model_fixtures.files import drift, write_tensors
from model_fixtures.sampling import GUIDANCE, SAMPLING_STEPS, sample_latents, step_noises
from model_fixtures.tiny_pipelines import SD1, SD2, load_pipeline

OUTPUT = Path(__file__).resolve().parent.parent / "resources" / "parity"
DDPM, DDIM, PNDM, LCM = (f"{name}Scheduler" for name in ("DDPM", "DDIM", "PNDM", "LCM"))
EULER, ANCESTRAL, HEUN, LMS = (
    f"{name}DiscreteScheduler" for name in ("Euler", "EulerAncestral", "Heun", "LMS")
)
MULTI, SINGLE, UNIPC = "DPMSolverMultistepScheduler", "DPMSolverSinglestepScheduler", "UniPCMultistepScheduler"
CLASSES = (DDPM, DDIM, PNDM, EULER, ANCESTRAL, HEUN, LMS, MULTI, SINGLE, UNIPC, LCM)
KARRAS, EXPONENTIAL, BETA = ({f"use_{name}_sigmas": True} for name in ("karras", "exponential", "beta"))
LU = {"use_lu_lambdas": True}
TRAILING = {"timestep_spacing": "trailing"}
ZERO_SNR = {"rescale_betas_zero_snr": True, **TRAILING}
SIGMA_MIN = {"final_sigmas_type": "sigma_min"}
SDE = {"algorithm_type": "sde-dpmsolver++"}


def dpm_solver_options():
    """What both DPM-Solvers have."""
    yield from ({"solver_order": order, **options} for order in (1, 3) for options in ({}, SDE))
    yield from ({"solver_order": order, "solver_type": "heun"} for order in (2, 3))
    yield from (SDE, {**SDE, **KARRAS}, {"algorithm_type": "dpmsolver", **SIGMA_MIN}, SIGMA_MIN)


def all_options(zero_snr):
    """Each class with each of its options, as pairs."""
    for name in CLASSES:
        yield name, {}
        if name not in (SINGLE, LCM):
            yield name, TRAILING
    for name in (EULER, HEUN, LMS, MULTI, SINGLE, UNIPC):
        yield from ((name, options) for options in (KARRAS, EXPONENTIAL, BETA))
    yield PNDM, {"skip_prk_steps": False}
    yield EULER, SIGMA_MIN
    yield EULER, {"interpolation_type": "log_linear"}
    for name in (MULTI, SINGLE):
        yield from ((name, options) for options in dpm_solver_options())
    for options in (LU, {"algorithm_type": "sde-dpmsolver", **LU, **SIGMA_MIN}, {"euler_at_final": True, **SDE}):
        yield MULTI, options
    for options in ({"solver_order": 1}, {"solver_order": 3}, {"solver_type": "bh1"}, {"predict_x0": False}):
        yield UNIPC, {**options, **SIGMA_MIN}
    if zero_snr:
        yield from ((name, ZERO_SNR) for name in (DDPM, DDIM, EULER, ANCESTRAL, MULTI, UNIPC))


def schedulers(recipe):
    """All schedulers, by the names of their tensors."""
    # Noise cannot be told from an image where there is none, so that only models of velocity sample such schedules.
    velocity = recipe.scheduler.get("prediction_type") == "v_prediction"
    pndm = PNDMScheduler.from_config({**recipe.scheduler, "_class_name": PNDM})
    for name, options in all_options(velocity):
        row = {"_class_name": name, **options}
        yield f"from_config {json.dumps(row)}", getattr(diffusers, name).from_config(pndm.config, **options)
    betas = {key: recipe.scheduler[key] for key in ("beta_start", "beta_end", "beta_schedule")}
    model = {**betas, "prediction_type": recipe.scheduler.get("prediction_type", "epsilon"), "clip_sample": False}
    for name in CLASSES:
        row = {"_class_name": name, **model}
        yield f"file {json.dumps(row)}", getattr(diffusers, name).from_config(row)


def run(pipeline, scheduler, inputs, seed):
    # Else most samplers draw in the model's precision, and a seed gives other numbers in each.
    sys.modules[type(scheduler).__module__].randn_tensor = lambda shape, dtype, **options: randn_tensor(
        shape, dtype=torch.float32, **options
    )
    pipeline.scheduler = scheduler
    return sample_latents(pipeline, inputs, seed)


def write_recipe(recipe):
    directory = OUTPUT / f"tiny-{recipe.name}"
    source = load_file(OUTPUT / f"sampling-{recipe.name}.safetensors")
    inputs = {name: source[name][:1] for name in ("input_ids", "negative_input_ids")}
    inputs["latents"] = source["latents"][:1, :, :4, :8].contiguous()
    seed = recipe.seed + 5
    pipeline = load_pipeline(recipe, directory)
    precise = load_pipeline(recipe, directory).to(torch.float64)
    tensors = {**inputs, "noises": step_noises(inputs["latents"].shape, seed)}
    for name, scheduler in schedulers(recipe):
        tensors[name] = run(pipeline, scheduler, inputs, seed)
        difference = drift(tensors[name], run(precise, scheduler, inputs, seed))
        print(f"{recipe.name} {name}: largest {tensors[name].abs().max():.2f}, drift {difference:.1e}")
    write_tensors(
        OUTPUT / f"samplers-{recipe.name}.safetensors",
        tensors,
        seed=seed,
        num_inference_steps=SAMPLING_STEPS,
        guidance_scale=GUIDANCE,
    )


def main():
    torch.set_num_threads(1)
    diffusers.utils.logging.set_verbosity_error()
    for recipe in (SD1, SD2):
        write_recipe(recipe)


if __name__ == "__main__":
    main()
