"""Writes the tiny pipelines and the expected numbers of the model, sampling and training parity tests.

Versions: torch 2.7.1, diffusers 0.42.1, transformers 5.23.0, accelerate 1.15.0, safetensors 0.8.0 (see requirements.txt).

Usage, from the repository root:

    pip install -r lib/src/test/parity/requirements.txt
    python lib/src/test/parity/make_model_fixtures.py [--output lib/src/test/resources/parity]

Everything is computed in float32 on one CPU thread from fixed seeds. The run prints how far the same computation in
float64 ends up from the stored numbers; a test tolerance has to stay above that drift.
"""

import argparse
from pathlib import Path

import accelerate
import diffusers
import safetensors
import torch
import transformers

from model_fixtures.files import VERSIONS, write_json, write_tensors
from model_fixtures.formulas import ema_decays, lr_schedules, min_snr
from model_fixtures.layouts import save_old_names, save_sharded
from model_fixtures.models import check_equal, check_other_layouts, model_cases, variant_case
from model_fixtures.objectives import ACCELERATE_VERSION, write_objectives
from model_fixtures.sampling import GUIDANCE, SAMPLING_STEPS, report_sampling_drift, sampling_cases
from model_fixtures.tiny_pipelines import SD1, SD2, build_pipeline, load_pipeline, save_pipeline
from model_fixtures.training import write_training

OUTPUT = Path(__file__).resolve().parent.parent / "resources" / "parity"


def check_versions():
    modules = (torch, diffusers, transformers, safetensors)
    found = {module.__name__: module.__version__.split("+")[0] for module in modules}
    found["accelerate"] = accelerate.__version__
    wanted = {**VERSIONS, "accelerate": ACCELERATE_VERSION}
    if found != wanted:
        raise SystemExit(f"these fixtures are made with {wanted}, but {found} is installed; see requirements.txt")


def write_recipe(recipe, output):
    """One tiny pipeline with its model, sampling and training numbers; returns the model numbers."""
    directory = output / f"tiny-{recipe.name}"
    pipeline = build_pipeline(recipe)
    save_pipeline(pipeline, recipe, directory)
    tensors = model_cases(pipeline, recipe)
    check_equal(tensors, model_cases(load_pipeline(recipe, directory), recipe), directory.name)

    inputs, samples = sampling_cases(load_pipeline(recipe, directory), recipe)
    write_tensors(
        output / f"sampling-{recipe.name}.safetensors",
        samples,
        seed=recipe.seed + 2,
        num_inference_steps=SAMPLING_STEPS,
        guidance_scale=GUIDANCE,
    )
    report_sampling_drift(recipe, directory, inputs, samples)
    write_training(recipe, directory, output)
    return tensors


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=OUTPUT)
    output = parser.parse_args().output
    check_versions()
    torch.set_num_threads(1)
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    output.mkdir(parents=True, exist_ok=True)

    models = {recipe.name: write_recipe(recipe, output) for recipe in (SD1, SD2)}
    save_old_names(output / "tiny-sd1", output / "tiny-sd1-old-names")
    save_sharded(output / "tiny-sd2", output / "tiny-sd2-sharded")
    check_other_layouts(output, models)
    models["sd2"] |= variant_case(output, models["sd2"])
    for recipe in (SD1, SD2):
        write_tensors(output / f"tiny-{recipe.name}.safetensors", models[recipe.name], seed=recipe.seed + 1)

    write_objectives((SD1, SD2), output)

    write_json(output / "lr_schedules.json", lr_schedules())
    write_json(output / "ema_decays.json", ema_decays())
    write_json(output / "min_snr.json", min_snr())


if __name__ == "__main__":
    main()
