"""Tasks from the recorded set that ships (`recorded/`): any number, from a seed, with a play that earns 1.

A family is a mode and a kind of site: `round-shop`, `step-shop`, `task-shop`. Without families the steps are given,
which is what AgentBench evaluates. What differs between the many tasks of one recorded step is who stands beside the
right elements: some of the likeliest wrong ones, drawn and shuffled. Every split has sites of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from random import Random

import msgspec

from environments.contract import Task
from environments.generation import TRAINING, trains, turns
from environments.mind2web.loading.files import recordings
from environments.mind2web.loading.recording import Action, Recording, read_recording
from environments.mind2web.payload import Mode, Step
from environments.mind2web.recorded import recorded_files
from environments.mind2web.steps import in_order, plays, step_of
from environments.mind2web.tasks import TOP
from environments.rows import Row

_MODES: dict[str, Mode] = {"step": "step", "round": "round", "task": "task"}
OTHER = "test"
OWN_SITES = ("train", "dev", OTHER)
RIVALS = 30
"""So many of the likeliest wrong elements may stand beside the right ones."""
MOST_RIGHT = 3


def families() -> list[str]:
    """The names of all families."""
    return [f"{mode}-{kind}" for mode in _MODES for kind in _kinds()]


def generate(count: int, seed: int, split: str, families_wanted: Sequence[str] = ()) -> Iterator[Task]:
    """`count` tasks, round robin over `families_wanted` (the steps of all kinds where empty). Raises `UserError` for an
    unknown family.
    """
    wanted = families_wanted or [f"step-{kind}" for kind in _kinds()]
    for name, number in turns("mind2web", families(), wanted, count):
        yield _task(name, seed, number, split)


def _task(name: str, seed: int, number: int, split: str) -> Task:
    mode, _, kind = name.partition("-")
    sites = _sites(split)
    begins = [(place, action) for place, action in _actions(sites, kind) if mode != "task" or action == 0]
    place, action = begins[(Random(f"{seed}/{name}").randrange(len(begins)) + number) % len(begins)]
    recording = _recorded(sites, kind)[place]
    rng = Random(f"mind2web/{seed}/{name}/{number}")
    wanted = range(len(recording.actions)) if mode == "task" else [action]
    steps = [(each, _drawn(recording.actions[each], _order(sites, kind, place, each), rng)) for each in wanted]
    play = rng.choice(list(plays(recording, steps, _MODES[mode])))
    return Task(
        id=f"mind2web-{name}-{seed}-{number}" + ("" if trains(split) else f"-{sites}"),
        environment="mind2web",
        split=split,
        source="generated",
        payload=msgspec.to_builtins(play.payload),
        seed=seed,
        family=name,
        reference=play.reference,
    )


def _drawn(action: Action, order: Sequence[str], rng: Random) -> Step:
    """An action with its right elements and some of its likeliest wrong ones."""
    right = [id for id in order if id in action.positives][:MOST_RIGHT]
    rivals = [id for id in order if id not in action.positives][:RIVALS]
    beside = rng.sample(rivals, min(len(rivals), TOP - len(right)))
    return step_of(action, [*right, *beside], str(rng.random()))


def _sites(split: str) -> str:
    """Whose sites a split shows: its own, or those of `test`."""
    return split if split in OWN_SITES else OTHER


@cache
def _kinds() -> list[str]:
    """The kinds of sites that there are recordings of on both sides."""
    beside = {path.name for path in recorded_files(OTHER)}
    return [path.name.partition(".")[0] for path in recorded_files(TRAINING) if path.name in beside]


@cache
def _recorded(sites: str, kind: str) -> list[Recording]:
    """The recordings of a kind of site in a split."""
    file = next(path for path in recorded_files(sites) if path.name.startswith(f"{kind}."))
    return [read_recording(Row(row.place, row.values)) for row in recordings(file)]


@cache
def _actions(sites: str, kind: str) -> list[tuple[int, int]]:
    """Every recorded action, by its recording and its place there."""
    recorded = enumerate(_recorded(sites, kind))
    return [(place, number) for place, recording in recorded for number in range(len(recording.actions))]


@cache
def _order(sites: str, kind: str, place: int, number: int) -> list[str]:
    """The candidates of a recorded action, the likeliest first."""
    recording = _recorded(sites, kind)[place]
    return in_order(recording.task, recording.actions[number])
