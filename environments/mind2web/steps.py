"""From recordings to what is played: the first candidates of an action, its page cut to them, and the tasks of a mode.

The original shuffles candidates with one generator for a whole run; here their order follows from a seed and the step,
so that a step is the same whatever else is played.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, NamedTuple

from environments.mind2web.candidates import Prediction, Rounds
from environments.mind2web.course import can_be_answered
from environments.mind2web.dom.page import Element, read_page, write_page
from environments.mind2web.dom.pruning import cut
from environments.mind2web.dom.ranking import ranked
from environments.mind2web.loading.recording import Action, Recording
from environments.mind2web.payload import Mode, Payload, Step


class Play(NamedTuple):
    """One task out of a recording: its first step, which of that step's rounds it is, and its payload."""

    name: str
    payload: Payload

    @property
    def reference(self) -> dict[str, Any] | None:
        """A play that earns 1 follows from the payload alone; None: there is no such play."""
        round = self.payload.mode == "round"
        return {} if round or all(can_be_answered(step) for step in self.payload.steps) else None


def in_order(task: str, action: Action) -> list[str]:
    """The candidates of an action, the likeliest first: by the ranks that its file gives, else by the words of the
    task.
    """
    candidates = [*action.positives, *action.negatives]
    if action.ranks:
        return sorted(candidates, key=lambda id: action.ranks[id])
    return ranked(action.page, candidates, task)


def step_of(action: Action, candidates: Sequence[str], seed: str) -> Step:
    """What is played of an action: these candidates, shuffled."""
    shuffled = sorted(candidates)
    Random(seed).shuffle(shuffled)
    return Step(
        uid=action.uid,
        page=_page(action.page, shuffled),
        candidates=shuffled,
        positives=[id for id in action.positives if id in shuffled],
        operation=action.operation,
        value=action.value,
    )


def plays(recording: Recording, steps: Sequence[tuple[int, Step]], mode: Mode) -> Iterator[Play]:
    """The tasks that these steps, each with its number in the recording, make in a mode."""
    if mode == "task":
        if steps:
            yield Play("task", _payload(recording, mode, 0, [step for _, step in steps]))
        return
    for number, step in steps:
        if mode == "step":
            yield Play(step.uid, _payload(recording, mode, number, [step]))
            continue
        for place, each in enumerate(rounds_of(step)):
            yield Play(f"{step.uid}-{place}", _payload(recording, mode, number, [each]))


def rounds_of(step: Step) -> Iterator[Step]:
    """The questions of a step, each as a step of its own, as they are asked of an agent that is always right."""
    page, rounds = read_page(step.page), Rounds(tuple(step.candidates))
    while not rounds.over:
        right = [id for id in step.positives if id in rounds.asked]
        asked = list(rounds.asked)
        yield Step(
            step.uid, _page(page, asked), candidates=asked, positives=right, operation=step.operation, value=step.value
        )
        rounds = rounds.answered(Prediction(right[0]) if right else None)


def _page(page: Element, candidates: Sequence[str]) -> str:
    return write_page(cut(page, candidates))


def _payload(recording: Recording, mode: Mode, number: int, steps: list[Step]) -> Payload:
    return Payload(
        mode=mode,
        annotation=recording.annotation,
        task=recording.task,
        previous=[action.told for action in recording.actions[:number]],
        steps=steps,
    )
