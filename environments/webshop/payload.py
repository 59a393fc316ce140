"""A shopping task's payload, typed: what `tasks.py` and `generate.py` write and the environment reads."""

from __future__ import annotations

import msgspec

from environments.contract import Task, TaskFault

NO_LIMIT = 1_000_000.0
"""The price limit of a goal that names none, as in the original."""


class Goal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to buy, as the original's goals say it.

    `options` is a list of values (human goals), or names and values (synthetic ones).
    """

    asin: str
    query: str
    name: str
    product_category: str
    instruction: str
    attributes: list[str]
    options: list[str] | dict[str, str]
    price_upper: float = NO_LIMIT


class Payload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A goal and the catalogue that it was made for."""

    catalogue: str
    goal: Goal


def read_payload(task: Task) -> Payload:
    """The payload of `task`. Raises `TaskFault` where it is not one."""
    try:
        payload = msgspec.convert(task.payload, Payload)
    except msgspec.ValidationError as error:
        raise TaskFault(f"task '{task.id}' is no shopping task: {error}") from None
    if not payload.goal.attributes:
        raise TaskFault(f"task '{task.id}' has a goal without attributes, which the original leaves out")
    return payload
