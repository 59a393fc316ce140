"""`python -m train run CONFIG key=value …`: a training run on Ray Train, from its newest checkpoint or the beginning.

Run it again and it goes on; the same line works under `ray job submit --working-dir . --`. Exit codes: 0 done; 1 ended
early by losses; 130 stopped (after either the same line goes on); 2 a mistake of the user's. OUT/failures.log has the
tracebacks of workers that failed, /tmp/ray/session_latest/logs what they printed, and Ray Train's own words (train/).
"""

from __future__ import annotations

import argparse
import sys

import yaml

from actors.program.command_line import INTERRUPTED
from actors.program.configuration import load
from actors.program.ray_job import lasting
from actors.program.terminal import console
from actors.program.user_error import UserError
from train.plan import refusals
from train.settings import TrainSettings

ENDED_EARLY = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", help="a YAML file, for example configs/train/smollm2-135m.yaml")
    parser.add_argument(
        "overrides", nargs="*", metavar="key=value", help="changes to it, for example batch.sequences=8"
    )


def run(arguments: argparse.Namespace) -> int:
    settings = load(arguments.config, arguments.overrides, TrainSettings)
    if "://" in settings.out:
        raise UserError(
            f"out '{settings.out}' is not a folder: a run writes to one that every worker reaches; copy it elsewhere"
            " afterwards"
        )
    settings = settings.model_copy(update={"out": lasting("out", settings.out)})
    refusals.before_start(settings)
    output = console()
    output.print(yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False).strip(), soft_wrap=True)
    from actors.program.ray_connection import connect, wait_line

    output.print(wait_line(), soft_wrap=True)
    connect(log_to_driver=False)
    import ray

    from train.run import driver

    try:
        outcome = driver.run(settings, lambda line: output.print(line, soft_wrap=True))
    except driver.EndedEarly as error:
        print(f"run: {error}", file=sys.stderr)
        return ENDED_EARLY
    finally:
        ray.shutdown()
    if outcome.model is None:
        return INTERRUPTED
    output.print(f"{outcome.steps} steps: {outcome.model}", soft_wrap=True)
    return 0
