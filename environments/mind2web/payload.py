"""A Mind2Web task's payload, typed: what `tasks.py` and `generate.py` write and the environment reads."""

from __future__ import annotations

from typing import Literal

import msgspec

from environments.contract import Task, TaskFault
from environments.mind2web.dom.page import BadPage, read_page

Mode = Literal["round", "step", "task"]


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One recorded action. `page` is cut to its candidates; these come in the order in which they are asked about.
    `positives` are the right ones among them.
    """

    uid: str
    page: str
    candidates: list[str]
    positives: list[str]
    operation: str
    value: str


class Payload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """round: one question about all candidates of the one step. step: the rounds of the one step. task: those of all
    its steps. `previous` is what was done before the first, as recorded; `annotation` names the recorded task.
    """

    mode: Mode
    annotation: str
    task: str
    previous: list[str]
    steps: list[Step]


def read_payload(task: Task) -> Payload:
    """The payload of `task`. Raises `TaskFault` where it is not one."""
    try:
        payload = msgspec.convert(task.payload, Payload)
        for step in payload.steps:
            read_page(step.page)
    except (msgspec.ValidationError, BadPage) as error:
        raise TaskFault(f"task '{task.id}' is no Mind2Web task: {error}") from None
    if not payload.steps or (payload.mode != "task" and len(payload.steps) > 1):
        raise TaskFault(f"task '{task.id}' has {len(payload.steps)} steps, which mode '{payload.mode}' does not play")
    return payload
