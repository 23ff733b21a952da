"""Expected learning-rate multipliers, EMA decays and min-SNR weights."""

import torch
from diffusers import DDPMScheduler
from diffusers.optimization import get_scheduler
from diffusers.training_utils import EMAModel, compute_snr

from model_fixtures.files import VERSIONS
from model_fixtures.tiny_pipelines import SD1
from model_fixtures.training import min_snr_weights


LR_CASES = (
    dict(name="constant"),
    dict(name="constant_with_warmup"),
    dict(name="linear"),
    dict(name="cosine"),
    dict(name="cosine_with_restarts", num_cycles=1),
    dict(name="cosine_with_restarts", num_cycles=3),
    dict(name="polynomial", power=1.0),
    dict(name="polynomial", power=2.0),
    dict(name="piecewise_constant", step_rules="1:3,0.5:6,0.25:9,0.1"),
)


def lr_schedules(learning_rate=1e-4, warmup=2, total=10):
    cases = []
    for case in LR_CASES:
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=learning_rate)
        schedule = get_scheduler(optimizer=optimizer, num_warmup_steps=warmup, num_training_steps=total, **case)
        cases.append({**case, "multipliers": [float(schedule.lr_lambdas[0](k)) for k in range(13)]})
    return {
        "versions": VERSIONS,
        "learning_rate": learning_rate,
        "num_warmup_steps": warmup,
        "num_training_steps": total,
        "cases": cases,
    }


EMA_CASES = (
    dict(),
    dict(use_ema_warmup=True),
    dict(use_ema_warmup=True, inv_gamma=2.0, power=0.75),
    dict(decay=0.99, min_decay=0.5, update_after_step=5),
)
EMA_STEPS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 50, 100, 1000, 10_000, 89_990, 89_991, 89_992, 100_000, 1_000_000)


def ema_decays():
    defaults = dict(decay=0.9999, min_decay=0.0, update_after_step=0, use_ema_warmup=False, inv_gamma=1.0, power=2 / 3)
    cases = []
    for case in EMA_CASES:
        options = {**defaults, **case}
        model = EMAModel([torch.zeros(1)], **options)
        cases.append({**options, "decays": [model.get_decay(n) for n in EMA_STEPS]})
    return {"versions": VERSIONS, "optimization_steps": list(EMA_STEPS), "cases": cases}


SNR_TIMESTEPS = (0, 1, 2, 10, 50, 100, 146, 147, 148, 250, 353, 354, 355, 500, 750, 998, 999)


def min_snr():
    timesteps = torch.tensor(SNR_TIMESTEPS)
    cases = []
    for prediction_type in ("epsilon", "v_prediction"):
        for gamma in (5.0, 1.0):
            scheduler = DDPMScheduler.from_config(SD1.scheduler, prediction_type=prediction_type)
            weights = min_snr_weights(scheduler, timesteps, gamma).tolist()
            cases.append({"prediction_type": prediction_type, "snr_gamma": gamma, "weights": weights})
    return {
        "versions": VERSIONS,
        "timesteps": list(SNR_TIMESTEPS),
        "alphas_cumprod": scheduler.alphas_cumprod[timesteps].tolist(),
        "snr": compute_snr(scheduler, timesteps).tolist(),
        "cases": cases,
    }
