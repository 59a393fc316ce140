"""What a task of this environment is: AgentBench's fields (`os_interaction`), typed, and resolved so that playing reads
no file.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from environments.contract import Task, TaskFault

Language = Literal["bash", "python", "c", "c++"]


class Script(msgspec.Struct, frozen=True, omit_defaults=True):
    """A program that runs in the sandbox with the parameters `$1 …`."""

    code: str
    language: Language = "bash"


class Match(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer is right if it equals `answer` (stripped when `strip`), or if `regex` is found in it."""

    answer: str | None = None
    strip: bool = True
    regex: str | None = None


class Check(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry of AgentBench's `check` list: the reference solution (`null`), a named checker, or a script of the
    task's own.

    Ours may say what a script `prints`: compared on the host, where no program of the agent's that it runs can look it
    up.
    """

    kind: Literal["reference", "checker", "script"]
    checker: str = ""
    script: Script | None = None
    prints: str | None = None


class Payload(msgspec.Struct, frozen=True, omit_defaults=True):
    """`init` runs beside the opened shell, `start` is typed into it afterwards; exactly one of `match` and `checks`
    judges.

    `missing` names the script files that the task refers to and that were not there when it was loaded: it cannot be
    played.
    """

    description: str
    image: str = "default"
    init: list[Script] = []
    start: str = ""
    match: Match | None = None
    checks: list[Check] = []
    example: Script | None = None
    labels: list[str] = []
    missing: list[str] = []


def payload_of(task: Task) -> Payload:
    """The typed payload of `task`.

    Raises `TaskFault` when it is none of this environment's, or when its script files were not there.
    """
    try:
        payload = msgspec.convert(task.payload, Payload)
    except msgspec.ValidationError as error:
        raise TaskFault(f"task '{task.id}': {error}") from error
    if payload.missing:
        raise TaskFault(
            f"task '{task.id}': script {', '.join(payload.missing)} not found beside {task.source}: put it there and"
            " load again"
        )
    return payload
