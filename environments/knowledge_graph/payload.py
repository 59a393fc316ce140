"""A knowledge graph task's payload, typed: what the loaders and the generator write and the environment reads."""

from __future__ import annotations

import msgspec

from environments.contract import Task, TaskFault


class Payload(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """`entities` maps the names that the agent reads to ids; `unnamed` are ids whose names the graph knows. The gold
    answers are `answers`, or where the source does not say them, what its `sparql` or its `s_expression` gives on the
    graph."""

    question: str
    entities: dict[str, str]
    answers: list[str] = []
    unnamed: list[str] = []
    sparql: str = ""
    s_expression: str = ""


def read_payload(task: Task) -> Payload:
    """The payload of `task`. Raises `TaskFault` where it is not one."""
    try:
        return msgspec.convert(task.payload, Payload)
    except msgspec.ValidationError as error:
        raise TaskFault(f"task '{task.id}' is no knowledge graph task: {error}") from None
