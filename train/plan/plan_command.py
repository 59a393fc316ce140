"""`python -m train plan CONFIG key=value …`: what a run needs, before anything runs: memory, steps, tokens, hours.
Computed, not measured.

A model's config.json is enough; `--shape llama-2-70b` needs not even that. The data is counted where it is there (and
tokenised into the cache that the run uses), else the plan is for the most that a step can be.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from actors.program.configuration import load
from actors.program.user_error import UserError
from train.model.devices import DEVICES
from train.model.shapes import SHAPES, Config, config_of, read_config, shape_of
from train.plan import plan_text, refusals, workload
from train.plan.plan import chosen_device, plan
from train.plan.workload import Workload
from train.renderers.text_encoder import has_tokenizer
from train.settings import TrainSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", help="a YAML file, for example configs/train/llama-2-70b.yaml")
    parser.add_argument(
        "overrides", nargs="*", metavar="key=value", help="changes to it, for example workers.number=64"
    )
    parser.add_argument("--shape", help=f"take a known model's shape instead of reading the model: {', '.join(SHAPES)}")
    parser.add_argument(
        "--model-config", metavar="FILE", help="the model's config.json, where the model itself is elsewhere"
    )
    parser.add_argument(
        "--device", help=f"what a worker has: {', '.join(DEVICES)} (default: what compute.device means here)"
    )
    parser.add_argument(
        "--memory", type=float, metavar="GIB", help="memory of one worker's device, instead of the device's"
    )
    parser.add_argument("--mfu", type=float, help="share of the device's peak that the hours are computed with")
    parser.add_argument("--no-data", action="store_true", help="do not look at the data")
    parser.add_argument("--json", action="store_true", help="for machines")


def run(arguments: argparse.Namespace) -> int:
    if arguments.mfu is not None and not 0 < arguments.mfu <= 1:
        raise UserError(f"--mfu is a share of the peak, between 0 and 1, found {arguments.mfu:g}")
    if arguments.memory is not None and arguments.memory <= 0:
        raise UserError(f"--memory must be more than 0 GiB, found {arguments.memory:g}")
    settings = load(arguments.config, arguments.overrides, TrainSettings)
    refusals.of_config(settings)
    config = model_config(settings, arguments.shape, arguments.model_config)
    shape_of(config)
    if not (arguments.shape or arguments.model_config) and has_tokenizer(settings.model):
        refusals.of_model(settings)
    work = workload.bound(settings, "--no-data was given") if arguments.no_data else _work(settings)
    made = plan(
        settings,
        config,
        work,
        chosen_device(settings, arguments.device),
        memory_gib=arguments.memory,
        mfu=arguments.mfu,
    )
    if arguments.json:
        plan_text.print_json(made)
    else:
        plan_text.print_plan(made)
    return 0


def model_config(settings: TrainSettings, shape: str | None = None, file: str | None = None) -> Config:
    """The config of the model that is to be trained. Raises `UserError`."""
    if shape and file:
        raise UserError("give --shape or --model-config, not both")
    if shape:
        return config_of(shape)
    if file:
        return read_config(file)
    if not Path(settings.model).expanduser().exists():
        known = Path(settings.model).name.lower()
        near = next((name for name in SHAPES if known.startswith(name)), "llama-2-7b")
        raise UserError(
            f"model '{settings.model}' is not here: to plan without it add --shape {near} or --model-config FILE"
        )
    return read_config(settings.model)


def _work(settings: TrainSettings) -> Workload:
    try:
        return workload.of_data(settings, lambda line: print(line, file=sys.stderr))
    except UserError as error:
        return workload.bound(settings, str(error))
