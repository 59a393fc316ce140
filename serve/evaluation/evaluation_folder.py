"""An evaluation's folder belongs to one suite and one LLM: `suite.json` says which, from before the first episode is
played.

A second start goes on where the first one stopped; with another suite or LLM it is refused, for its rows would be
mixed.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import msgspec

from actors.files import json_files
from actors.program.user_error import UserError
from actors.records.store import SUITE
from serve.evaluation.evaluation import FILE
from serve.evaluation.setting_differences import SettingDifference, setting_differences

_PLACEMENT = ("actors", "cpus", "resources")  # of an environment's hosts: how much runs at once, not what is played


class Claim(msgspec.Struct, frozen=True):
    """What `suite.json` holds."""

    suite: dict[str, Any]
    llm: dict[str, Any]


def claim(folder: str, suite: dict[str, Any], llm: dict[str, Any]) -> bool:
    """Make the folder this suite's and this LLM's; whether it is so from now on only.

    Raises `UserError` where it is another's.
    """
    path = Path(folder) / SUITE
    known = _read(path)
    if known is not None:
        _refuse(folder, "suite", setting_differences(_played(known.suite), _played(suite)))
        _refuse(folder, "LLM", setting_differences(known.llm, llm))
    elif Path(folder).is_dir() and any(Path(folder).iterdir()):
        raise UserError(f"'{folder}' is not empty and holds no evaluation: choose another --out")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{SUITE}.draft")
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(Claim(suite, llm)), indent=1))
        draft.replace(path)
    except OSError as error:
        raise UserError(f"cannot write '{path}': {error.strerror or error}") from error
    return known is None


def give_up(folder: str) -> None:
    """Take a claim back under which nothing was played: an evaluation that was refused leaves no folder."""
    path = Path(folder)
    with contextlib.suppress(OSError):  # removed by the user under way, or mounted: why it was refused is what is told
        if [entry.name for entry in path.iterdir()] == [SUITE]:
            (path / SUITE).unlink()
            path.rmdir()


def withdraw(folder: str) -> None:
    """Take back the scores of an earlier start: this one began to play its errors again, and did not get to the end."""
    path = Path(folder) / FILE
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(f"cannot remove '{path}', whose scores are out of date: {error.strerror or error}") from error


def _read(path: Path) -> Claim | None:
    return json_files.read(path, Claim, "an evaluation's suite", "choose another --out")


def _played(suite: dict[str, Any]) -> dict[str, Any]:
    """The part of a suite that its rows depend on. Where its files lie is not: tasks are known by their content."""
    hosts = {
        environment: {k: v for k, v in host.items() if k not in _PLACEMENT}
        for environment, host in suite.get("environments", {}).items()
    }
    return {key: value for key, value in suite.items() if key != "data"} | {"environments": hosts}


def _refuse(folder: str, what: str, differences: list[SettingDifference]) -> None:
    if differences:
        place, there, here = differences[0]
        more = f"; {len(differences) - 1} more differ" if len(differences) > 1 else ""
        raise UserError(
            f"'{folder}' holds an evaluation of another {what} ({place}: {there} there, {here} here{more}): choose"
            " another --out"
        )
