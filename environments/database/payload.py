"""A database task's payload, typed: what `tasks.py` and `generate.py` write and the environment reads."""

from __future__ import annotations

import msgspec

from environments.contract import Task, TaskFault


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table whose columns are all TEXT, as AgentBench creates them."""

    name: str
    columns: list[str]
    rows: list[list[str | None]]


class Payload(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """`kinds` is DBBench's `type`. For a modification `answer_md5` is the printed hash after it, and `statements` the
    reference SQL from which it is computed where it is missing; for the rest `answers` are the right values."""

    description: str
    add_description: str
    tables: list[Table]
    kinds: list[str]
    answers: list[str] = []
    answer_md5: str = ""
    statements: list[str] = []


def read_payload(task: Task) -> Payload:
    """The payload of `task`. Raises `TaskFault` where it is not one."""
    try:
        return msgspec.convert(task.payload, Payload)
    except msgspec.ValidationError as error:
        raise TaskFault(f"task '{task.id}' is no database task: {error}") from None
