"""What to do about a stage, and why: pure functions of what it depends on now and what it depended on when it last
ran.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import msgspec

from actors.records.trajectory import digest

SHOWN_CHANGES = 3
SHOWN_CHARACTERS = 60
UNSAID = "not said"


class Basis(msgspec.Struct, frozen=True):
    """What a stage's result follows from: the command's words, its config as far as it is not the default, and a digest
    of the content of everything that it reads ("" where that is not there)."""

    command: list[str]
    config: dict[str, Any]
    inputs: dict[str, str]


class Record(msgspec.Struct, frozen=True):
    """The last that is known of a stage. `ended` and `exit_code` are None while it runs, and when nobody saw it end.
    `seconds` adds up over the goes that its basis took; `process` and `process_started` are how one that still runs is
    known again."""

    basis: Basis
    digest: str
    started: float
    ended: float | None = None
    seconds: float = 0.0
    exit_code: int | None = None
    goes: int = 1
    process: int = 0
    process_started: float = 0.0

    @property
    def done(self) -> bool:
        return self.exit_code == 0


class Action(StrEnum):
    """ASIDE: move the old output to a name of its own, then run."""

    SKIP = "skip"
    RUN = "run"
    GO_ON = "go on"
    ASIDE = "set aside and run"


class Decision(NamedTuple):
    action: Action
    reason: str

    @property
    def acts(self) -> bool:
        return self.action is not Action.SKIP


def digest_of(basis: Basis, free: Sequence[str]) -> str:
    """One digest of all that counts; keys of the config that match a pattern in `free` do not."""
    counted = {key: value for key, value in _written(basis.config).items() if not _matches(key, free)}
    return digest(basis.command, sorted(counted.items()), sorted(basis.inputs.items()))


def decide(now: Basis, before: Record | None, *, output: bool, in_place: bool, free: Sequence[str]) -> Decision:
    """What to do about a stage that depends on `now` and of which `before` is known; `output` says whether what it
    writes is there.

    `in_place`: its command goes on in the old output, or replaces it, whatever has changed. `free`: patterns of config
    keys that do not change what comes out. Where only the command's words are others, it runs over the old output: it
    knows what that is.
    """
    if before is None:
        return Decision(Action.RUN, "its output is there, but no record of how it was made" if output else "never run")
    if digest_of(now, free) != digest_of(before.basis, free):
        changed = "changed: " + _some(changes(before.basis, now, free))
        words_alone = digest_of(now, free) == digest_of(
            msgspec.structs.replace(before.basis, command=now.command), free
        )
        return Decision(Action.RUN if in_place or words_alone or not output else Action.ASIDE, changed)
    if not before.done:
        return Decision(Action.GO_ON, "unfinished: " + how_it_ended(before))
    if not output:
        return Decision(Action.RUN, "its output is gone")
    other = [change.key for change in config_changes(before.basis.config, now.config)]
    return Decision(
        Action.SKIP, "unchanged" + (f" ({', '.join(other[:SHOWN_CHANGES])} does not matter to it)" if other else "")
    )


def how_it_ended(record: Record) -> str:
    """In words."""
    if record.exit_code is None:
        return "nobody saw its end"
    if record.exit_code < 0:
        return f"ended by signal {-record.exit_code}"
    return f"ended with exit code {record.exit_code}"


def changes(then: Basis, now: Basis, free: Sequence[str] = ()) -> list[str]:
    """Everything that counts and is another, one phrase each."""
    found = [str(change) for change in config_changes(then.config, now.config) if not _matches(change.key, free)]
    names = sorted({*then.inputs, *now.inputs})
    found += [f"{name} has another content" for name in names if then.inputs.get(name) != now.inputs.get(name)]
    if then.command != now.command:
        found.append(f"the command was '{' '.join(then.command)}'")
    return found


class Change(NamedTuple):
    """A key of a config, with its old and its new value in JSON."""

    key: str
    then: str
    now: str

    def __str__(self) -> str:
        return f"{self.key}: {self.then[:SHOWN_CHARACTERS]} → {self.now[:SHOWN_CHARACTERS]}"


def config_changes(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    """In the order of the newer config."""
    old, new = _written(then), _written(now)
    found = [Change(key, old.get(key, UNSAID), new.get(key, UNSAID)) for key in dict.fromkeys([*new, *old])]
    return [change for change in found if change.then != change.now]


def _written(config: Mapping[str, Any]) -> dict[str, str]:
    return {key: json.dumps(value, ensure_ascii=False) for key, value in flat(config) if key}


def flat(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Leaves of a config by their dotted names, lists by position; an empty mapping or list is a leaf."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from flat(inner, f"{prefix}{key}.")
    elif isinstance(value, list | tuple) and value:
        for i, inner in enumerate(value):
            yield from flat(inner, f"{prefix}{i}.")
    else:
        yield prefix[:-1], value


def _matches(key: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(key, pattern) for pattern in patterns)


def _some(phrases: Sequence[str]) -> str:
    more = len(phrases) - SHOWN_CHANGES
    return "; ".join(phrases[:SHOWN_CHANGES]) + (f"; and {more} more" if more > 0 else "")
