"""`python -m serve pipeline CONFIG key=value …`: act, filter, tune and measure as one file says it (docs/pipeline.md).

Run it again and it does what is missing, or what has changed. The same line works under `ray job submit --working-dir .
--`. Exit codes: 0 done; 2 a mistake of the user's; 130 interrupted; else that of the stage that failed.
"""

from __future__ import annotations

import argparse
import difflib
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from actors.program.configuration import load
from actors.program.ray_job import lasting
from actors.program.user_error import UserError
from serve.pipeline.settings import PipelineSettings
from serve.pipeline.stage import Stage


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", help="a YAML file, for example configs/demo.yaml")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="changes to it, for example train.steps=200")
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="resolve every stage and estimate it: episodes, tokens, money, memory, hours",
    )
    parser.add_argument(
        "--explain", action="store_true", help="say of every stage what would be done about it, and why"
    )
    parser.add_argument("--until", metavar="STAGE", help="stop after this stage")


def run(arguments: argparse.Namespace) -> int:
    from serve.pipeline import controller, explanation, ledger, stages
    from serve.pipeline.layout import Layout

    settings = load(arguments.config, arguments.overrides, PipelineSettings)
    out = Path(_out(settings.out))
    every = stages.stages(settings, out)
    chosen = until(every, arguments.until)
    if arguments.dry_run:
        from serve.pipeline.estimate import print_estimate

        print_estimate(settings, chosen, out)
        return 0
    if arguments.explain:
        explanation.explain(chosen, ledger.read(out), out)
        return 0
    stages.check_inputs(settings, Layout(settings, out))
    _say(f"{len(chosen)} stages into {out}")
    result = controller.carry_out(
        chosen, out, arguments.config, _again(arguments), _say, [stage.name for stage in every]
    )
    explanation.print_times(chosen, result.ran, result.ledger)
    return result.code


def until(stages: Sequence[Stage], name: str | None) -> list[Stage]:
    """The stages up to the one called `name`. Raises `UserError` for one that is not there."""
    if name is None:
        return list(stages)
    names = [stage.name for stage in stages]
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
        raise UserError(
            f"--until '{name}' is no stage: "
            + (f"did you mean '{near[0]}'?" if near else f"they are {', '.join(names)}")
        )
    return list(stages[: names.index(name) + 1])


def _out(place: str) -> str:
    """Where everything goes, for every process of the stages."""
    if "://" in place:
        raise UserError(
            f"out '{place}' is not a folder: training writes to one that every worker reaches; copy it elsewhere"
            " afterwards"
        )
    return lasting("out", place)


def _again(arguments: argparse.Namespace) -> str:
    until = ["--until", arguments.until] if arguments.until else []
    return f"python -m serve pipeline {shlex.join([arguments.config, *arguments.overrides, *until])}"


def _say(line: str) -> None:
    """Before the stage's own words, which do not go through this process."""
    print(line, file=sys.stdout, flush=True)
