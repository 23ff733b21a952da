"""Expected learning-rate multipliers, EMA decays and min-SNR weights."""

import torch
from diffusers import DDPMScheduler
from diffusers.optimization import get_cosine_schedule_with_warmup, get_scheduler
from diffusers.training_utils import EMAModel, compute_snr

from model_fixtures.files import VERSIONS
from model_fixtures.tiny_pipelines import SD1
from model_fixtures.training import min_snr_weights


LR_CASES = (
    dict(name="constant"),
    dict(name="constant_with_warmup"),
    dict(name="linear"),
    dict(name="cosine"),
    dict(name="cosine", num_cycles=3),
    dict(name="cosine_with_restarts", num_cycles=1),
    dict(name="cosine_with_restarts", num_cycles=3),
    dict(name="cosine_with_restarts", num_cycles=4),
    dict(name="polynomial", power=1.0),
    dict(name="polynomial", power=2.0),
    dict(name="polynomial", power=0.5),
    dict(name="piecewise_constant", step_rules="1:3,0.5:6,0.25:9,0.1"),
    dict(name="piecewise_constant", step_rules="0.5:6, 1e-1:2 ,2"),
    dict(name="piecewise_constant", step_rules="0.3"),
)
LR_PLANS = (
    dict(learning_rate=1e-4, num_warmup_steps=2, num_training_steps=10),
    dict(learning_rate=3e-7, num_warmup_steps=0, num_training_steps=7),
    dict(learning_rate=1e-3, num_warmup_steps=9, num_training_steps=6),
)
COSINE_CYCLES = (0.5, 1.0, 1.75)


def multipliers(schedule, plan):
    """The factors of each step of a run and of the two after it."""
    return [float(schedule.lr_lambdas[0](step)) for step in range(max(*list(plan.values())[1:]) + 3)]


def plain_optimizer(plan):
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=plan["learning_rate"])


def lr_schedules():
    """What get_scheduler makes of every name, and the cosines that it cannot make."""
    cases, cosines = [], []
    for plan in LR_PLANS:
        steps = {name: plan[name] for name in ("num_warmup_steps", "num_training_steps")}
        for case in LR_CASES:
            schedule = get_scheduler(optimizer=plain_optimizer(plan), **steps, **case)
            cases.append({**case, **plan, "multipliers": multipliers(schedule, plan)})
        for cycles in COSINE_CYCLES:
            schedule = get_cosine_schedule_with_warmup(plain_optimizer(plan), **steps, num_cycles=cycles)
            cosines.append({"num_cycles": cycles, **plan, "multipliers": multipliers(schedule, plan)})
    return {"versions": VERSIONS, "get_scheduler": cases, "get_cosine_schedule_with_warmup": cosines}


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


# of (prediction type, zero-terminal schedule); upstream's weight of epsilon is not a number where the SNR is 0
MIN_SNR_CASES = (("epsilon", False), ("v_prediction", False), ("v_prediction", True))


def min_snr():
    timesteps = torch.tensor(SNR_TIMESTEPS)
    cases = []
    for prediction_type, zero_terminal in MIN_SNR_CASES:
        scheduler = DDPMScheduler.from_config(
            SD1.scheduler, prediction_type=prediction_type, rescale_betas_zero_snr=zero_terminal
        )
        for gamma in (5.0, 1.0):
            cases.append(
                {
                    "prediction_type": prediction_type,
                    "rescale_betas_zero_snr": zero_terminal,
                    "snr_gamma": gamma,
                    "snr": compute_snr(scheduler, timesteps).tolist(),
                    "weights": min_snr_weights(scheduler, timesteps, gamma).tolist(),
                }
            )
    return {"versions": VERSIONS, "timesteps": list(SNR_TIMESTEPS), "cases": cases}
