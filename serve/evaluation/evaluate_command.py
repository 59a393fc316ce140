"""`python -m serve evaluate SUITE --llm …`: a rollout over a suite at temperature 0, and its scores.

It is the engine of `python -m actors rollout`, with its store, resume and viewer: the same command again plays what is
missing, and scores anew. Everything about the LLM is said in `serve.evaluation.playing`, everything about the suite in
`serve.evaluation.suite`.
"""

from __future__ import annotations

import argparse
import re
import shlex
from typing import Any

import yaml
from rich.console import Console

from actors.llms.vllm_settings import VLLMSettings, system_prompt
from actors.program.command_line import add_unscored
from actors.program.configuration import check, load
from actors.program.hidden import without_passwords
from actors.program.ray_job import lasting
from actors.program.terminal import console as terminal
from actors.program.terminal import one_line
from actors.program.user_error import UserError
from actors.service.episode_list import told
from actors.service.settings import RolloutSettings
from serve.evaluation.episode_scores import Scored, scored
from serve.evaluation.evaluation import FILE, Evaluation, write
from serve.evaluation.evaluation_folder import claim, give_up, withdraw
from serve.evaluation.playing import Playing, is_playing, playing
from serve.evaluation.suite import Suite
from serve.evaluation.suite_tasks import count_tasks, sources

FOLDER = "runs/evaluations"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("suite", metavar="SUITE", help="a YAML file, for example configs/suites/agentbench.yaml")
    parser.add_argument(
        "overrides",
        nargs="*",
        metavar="key=value",
        help="changes to the suite; llm.…, llm_actors.…, budget= to the player",
    )
    parser.add_argument(
        "--llm",
        required=True,
        help="a model directory, 'reference', http(s)://…/v1 with llm.model=NAME, gpt-4o, or a YAML file",
    )
    parser.add_argument("--out", metavar="EVAL", help=f"the evaluation's folder; else {FOLDER}/<suite>-<name>")
    parser.add_argument("--name", help="what reports call it; else the model's name")
    parser.add_argument(
        "--errors",
        choices=("count", "drop"),
        default="count",
        help="errors of infrastructure count as 0, or are left out",
    )
    parser.add_argument("--markdown", action="store_true", help="print the scores as markdown")
    parser.add_argument("--families", action="store_true", help="print the families, too: where the model fails")
    parser.add_argument(
        "--dry-run", action="store_true", help="check tasks, key, model and price, say the money, play nothing"
    )
    add_unscored(parser)


def run(arguments: argparse.Namespace) -> int:
    suite = load(arguments.suite, [word for word in arguments.overrides if not is_playing(word)], Suite)
    said = [word for word in arguments.overrides if is_playing(word)] + (
        ["allow_unscored=true"] if arguments.allow_unscored else []
    )
    player = playing(arguments.llm, said, suite.sampling_max_tokens)
    name = arguments.name or player.name
    settings = rollout_settings(suite, player, _place(arguments.out or f"{FOLDER}/{_slug(suite.name)}-{_slug(name)}"))
    progress = Console(stderr=True, soft_wrap=True)
    progress.print(_resolved(suite, player, settings.store), markup=False, highlight=False)
    if isinstance(player.llm, VLLMSettings) and (prompt := system_prompt(player.llm)) is not None:
        progress.print(f"system prompt of every conversation: '{one_line(prompt, 120)}'", markup=False, highlight=False)
    counts = count_tasks(suite)
    for (column, environment), number in counts.tasks.items():
        progress.print(f"{column}: {number} tasks of {environment}", markup=False, highlight=False)
    for line in told(counts.left_out):
        progress.print(line, markup=False, highlight=False)
    total = counts.tasks_in_all * suite.attempts
    if arguments.dry_run:
        from actors.service.rollout_command import dry_run

        dry_run(settings, total, progress)
        return 0
    identity = player.llm.identity()
    code, found = _played(suite, settings, identity, total, progress, _command(arguments))
    if not found.complete:
        withdraw(settings.store)
        progress.print(
            f"unfinished: {len(found.rows)} of {found.expected} episodes are played and judged"
            + (f", {found.awaiting} await judgement" if found.awaiting else "")
            + ", so there are no scores yet",
            highlight=False,
        )
        return code or 1
    evaluation = Evaluation(
        name=name,
        suite=suite.record(),
        llm=identity,
        errors=arguments.errors,
        episodes=found.rows,
        seconds=found.seconds,
        rows_left_out=len(counts.left_out),
    )
    write(settings.store, evaluation)
    _print(evaluation, settings.store, arguments.markdown, arguments.families)
    return code


def rollout_settings(suite: Suite, player: Playing, store: str) -> RolloutSettings:
    """The run that plays `suite` with `player` into `store`."""
    content = {
        "store": store,
        "split": "test",  # of no task: every source has its column's
        "seed": suite.seed,
        "attempts": suite.attempts,
        "tasks": [source.model_dump(mode="json") for _, source in sources(suite)],
        "environments": {environment: host.model_dump(mode="json") for environment, host in suite.environments.items()},
        "limits": suite.limits.model_dump(mode="json"),
        "bad_rows": suite.bad_rows,
        **player.model_dump(mode="json", exclude_none=True),
    }
    return check(content, RolloutSettings, f"suite '{suite.name}'")


def _played(
    suite: Suite, settings: RolloutSettings, identity: dict[str, Any], total: int, progress: Console, command: str
) -> tuple[int, Scored]:
    """The exit code of the rollout, and what its store holds then."""
    from actors.service.rollout_command import play

    new = claim(settings.store, suite.record(), identity)
    try:
        code = play(settings, total, progress, command)
    except UserError:
        if new:
            give_up(settings.store)
        raise
    return code, scored(settings, identity)


def _place(out: str) -> str:
    if "://" in out:
        raise UserError(
            f"--out '{out}' is a URL: an evaluation lies in a folder, on a cluster in one that every node sees"
        )
    return lasting("--out", out)


def _command(arguments: argparse.Namespace) -> str:
    words = [arguments.suite, "--llm", arguments.llm, *arguments.overrides]
    for option in ("out", "name"):
        words += [f"--{option}", getattr(arguments, option)] if getattr(arguments, option) else []
    allowed = ["--allow-unscored"] if arguments.allow_unscored else []
    return f"python -m serve evaluate {shlex.join([*words, '--errors', arguments.errors, *allowed])}"


def _slug(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip("-.") or "evaluation"


def _resolved(suite: Suite, player: Playing, store: str) -> str:
    content = {
        "suite": suite.model_dump(mode="json", exclude_unset=True),
        **player.model_dump(mode="json", exclude_unset=True),
        "out": store,
    }
    return yaml.safe_dump(without_passwords(content), sort_keys=False).rstrip()


def _print(evaluation: Evaluation, folder: str, as_markdown: bool, with_families: bool) -> None:
    from serve.evaluation.family_scores import families, family_grids
    from serve.evaluation.measure_grid import measure_grids
    from serve.evaluation.score_grid import score_grid, score_notes
    from serve.tables.grid import markdown, show

    out = terminal()
    of_families = family_grids(families([evaluation]), [""]) if with_families else ()
    for grid in (score_grid(evaluation), *measure_grids([evaluation], ["value"]), *of_families):
        if as_markdown:
            out.print(markdown(grid), end="\n", soft_wrap=True)
        else:
            show(grid, out)
    for note in score_notes(evaluation):
        out.print(one_line(note), soft_wrap=True)
    out.print(f"written to {folder}/{FILE}; its episodes: python -m actors view {shlex.quote(folder)}", soft_wrap=True)
