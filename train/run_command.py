"""`python -m train run CONFIG key=value …`: a training run on Ray Train, from its newest checkpoint or the beginning.

Run it again and it goes on; the same line works under `ray job submit --working-dir . --`.
"""

from __future__ import annotations

import argparse

import yaml

from actors.cluster import connect, lasting
from actors.configuration import load
from actors.terminal import console
from train.settings import TrainSettings

STOPPED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", help="a YAML file, for example configs/train/smollm2-135m.yaml")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="changes to it, for example batch.sequences=8")


def run(arguments: argparse.Namespace) -> int:
    settings = load(arguments.config, arguments.overrides, TrainSettings)
    settings = settings.model_copy(update={"out": lasting("out", settings.out)})
    output = console()
    output.print(yaml.safe_dump(settings.model_dump(mode="json", exclude_defaults=True), sort_keys=False).strip(), soft_wrap=True)
    connect()
    import ray

    from train import worker

    try:
        outcome = worker.run(settings, lambda line: output.print(line, soft_wrap=True))
    finally:
        ray.shutdown()
    if outcome.model is None:
        return STOPPED
    output.print(f"{outcome.steps} steps: {outcome.model}", soft_wrap=True)
    return 0
