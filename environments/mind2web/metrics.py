"""Mind2Web's metrics (SPEC 2.3): element accuracy, operation F1 and step success, micro (the mean over steps) and macro
(the mean over recorded tasks of the mean over their steps), and task success.

The two means differ by much where tasks differ in length. What nobody could reach is in them with 0, as in AgentBench,
and its number stands beside them, with the same means without it. Rounds, steps and tasks are measured apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any

import msgspec

from environments.contract import Task, TaskFault
from environments.mind2web.course import reachable
from environments.mind2web.payload import Mode, read_payload


class StepMeasure(msgspec.Struct, frozen=True):
    """What one step earned."""

    element: bool
    operation: float
    reachable: bool

    @property
    def success(self) -> bool:
        return self.element and self.operation >= 1


class Measures(msgspec.Struct, frozen=True):
    """One episode's: those of its steps. `annotation` is the recorded task that they belong to."""

    mode: Mode
    annotation: str
    steps: list[StepMeasure]


def measures(task: Task, details: Mapping[str, Any]) -> dict[str, Any]:
    """What an episode of `task` adds, by what its ending says: 0 for each step where it was broken off, nothing where
    the task was none.
    """
    try:
        payload = read_payload(task)
    except TaskFault:
        return {}
    steps = details.get("steps") or [StepMeasure(False, 0.0, can_be) for can_be in reachable(payload)]
    found: dict[str, Any] = msgspec.to_builtins(Measures(payload.mode, payload.annotation, steps))
    return found


def summary(of_episodes: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """The metrics of these episodes, by name, between 0 and 1 but for the number of steps that nobody can reach."""
    episodes = [msgspec.convert(each, Measures) for each in of_episodes]
    modes = list(dict.fromkeys(each.mode for each in episodes))
    return {
        f"{mode}: {name}" if len(modes) > 1 else name: value
        for mode in modes
        for name, value in _of_mode([each for each in episodes if each.mode == mode])
    }


def _of_mode(episodes: Sequence[Measures]) -> Iterator[tuple[str, float]]:
    recorded: dict[str | int, list[StepMeasure]] = {}
    for number, episode in enumerate(episodes):  # an episode of mode "task" is a whole task by itself
        recorded.setdefault(number if episode.mode == "task" else episode.annotation, []).extend(episode.steps)
    yield from _means(list(recorded.values()), "")
    if episodes[0].mode != "round":
        yield "task success", fmean(all(step.success for step in steps) for steps in recorded.values())
    missed = sum(not step.reachable for steps in recorded.values() for step in steps)
    if missed:
        yield "steps that nobody can reach", missed
        reached = [[step for step in steps if step.reachable] for steps in recorded.values()]
        yield from _means([steps for steps in reached if steps], " without these")


def _means(by_task: Sequence[Sequence[StepMeasure]], which: str) -> Iterator[tuple[str, float]]:
    for name, value in (
        ("element accuracy", lambda step: float(step.element)),
        ("operation F1", lambda step: step.operation),
        ("step success", lambda step: float(step.success)),
    ):
        values = [[value(step) for step in steps] for steps in by_task]
        if values:
            yield f"{name}, micro{which}", fmean(each for of_task in values for each in of_task)
            yield f"{name}, macro{which}", fmean(fmean(of_task) for of_task in values)
