"""What the commands do, as functions. Each reads the same config with the same `key=value` overrides, prints what the
command prints, and goes on where an earlier call was interrupted. A mistake of the user's raises `UserError`.

`rollout`, `evaluate` and `train` run an event loop of their own: in a notebook call them in a thread.
"""

from __future__ import annotations

import argparse
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from os import fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from environments.contract import Session, Task
from environments.registry import registered

if TYPE_CHECKING:
    from os import PathLike

    from actors.records.store import Store
    from serve.evaluation.evaluation import Evaluation

    Place = str | PathLike[str]

UNSCORED = 1  # the exit code of what finished, though some episodes have no reward


class Unfinished(Exception):
    """It was interrupted, its money is spent, or it lost too much; `exit_code` is the command's.

    The same call goes on.
    """

    def __init__(self, what: str, exit_code: int) -> None:
        super().__init__(f"{what} is unfinished (exit code {exit_code}); the same call goes on")
        self.exit_code = exit_code


def rollout(config: Place, *overrides: str) -> Store:
    """Play every task of `config` that has no record yet; where the records are.

    Raises `UserError` and `Unfinished`.
    """
    from actors.program.configuration import load
    from actors.program.ray_job import lasting
    from actors.records.store import Store
    from actors.service.settings import RolloutSettings

    store = lasting("store", load(fspath(config), overrides, RolloutSettings).store)
    _run("actors.service.rollout_command", [fspath(config), *overrides], finished=(0, UNSCORED))
    return Store.open(store)


def evaluate(suite: Place, llm: str, out: Place, *overrides: str) -> Evaluation:
    """Play `suite` with `llm` (as `--llm` takes it) into the folder `out`; its scores.

    Raises `UserError` and `Unfinished`.
    """
    from serve.evaluation.evaluation import read

    words = [fspath(suite), *overrides, "--llm", llm, "--out", fspath(out)]
    _run("serve.evaluation.evaluate_command", words, finished=(0, UNSCORED))
    return read(fspath(out))


def train(config: Place, *overrides: str) -> Path:
    """Train as `config` says; the Hugging Face directory that came out. Raises `UserError` and `Unfinished`."""
    from actors.program.configuration import load
    from train.settings import TrainSettings

    out = load(fspath(config), overrides, TrainSettings).out
    _run("train.run.run_command", [fspath(config), *overrides])
    return Path(out).expanduser().absolute() / "model"


def tasks(
    environment: str, count: int, seed: int = 0, split: str = "train", families: Sequence[str] = ()
) -> list[Task]:
    """Generated tasks of an environment, round robin over `families` (none: all). Raises `UserError`."""
    return list(registered(environment).generate(count, seed, split, families))


@asynccontextmanager
async def open_session(
    environment: str, task: Task, settings: Mapping[str, Any] | None = None
) -> AsyncIterator[Session]:
    """One episode of `task`, stepped by hand: `session.opening`, then `await session.step(reply)` until its feedback is
    final. The environment starts and ends with the block. Raises `UserError`.
    """
    from actors.program.configuration import check

    home = registered(environment)
    place = home.environment(check(dict(settings or {}), home.settings_type, f"{environment}.settings"))
    await place.start()
    try:
        lease = await place.lease(task, f"session-{secrets.token_hex(4)}")
        session = await place.connect(lease, task)
        try:
            yield session
        finally:
            await session.close()
            await place.release(lease)
    finally:
        await place.stop()


def _run(module: str, words: Sequence[str], finished: Sequence[int] = (0,)) -> None:
    command = import_module(module)
    parser = argparse.ArgumentParser(prog=module)
    command.add_arguments(parser)
    code: int = command.run(parser.parse_intermixed_args(words))
    if code not in finished:
        raise Unfinished(words[0], code)
