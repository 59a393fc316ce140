"""Plays a task's reference solution: shell steps with thoughts, then `answer(X)` or `finish`.

    {"steps": [{"thought": "…", "bash": "…", "values": {"pid": "^(\\d+) "}}, …],
     "thought": "…", "answer": "«pid»" | null}

A step's `values` are read from what its commands printed: name → regular expression, whose first group (or whole match)
counts. Later steps, the last thought and the answer use them as `«name»`, so that a reference reports what it saw, not
what it knew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

from environments.contract import Task, TaskFault
from environments.message import Message
from environments.operating_system.grammar import EMPTY, OUTPUT

UNKNOWN_VALUE = "unknown"

_PLACE = re.compile("«([^«»]+)»")


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One turn at the shell, and the values that later turns take from its output."""

    thought: str
    bash: str
    values: dict[str, str] = {}


class Reference(msgspec.Struct, frozen=True, omit_defaults=True):
    """A whole solution; `answer` None ends with `finish`."""

    steps: list[Step]
    thought: str
    answer: str | None = None


def reply(task: Task, messages: Sequence[Message]) -> str:
    """The reference's next reply; pure, as the agent's own turns in `messages` say how far it is.

    Past its end it finishes.
    """
    reference = reference_of(task)
    own = [index for index, message in enumerate(messages) if message.role == "assistant" and message.loss]
    outputs = [_printed(messages[index + 1]) if index + 1 < len(messages) else "" for index in own]
    values = _values(reference.steps, outputs)
    if len(own) < len(reference.steps):
        step = reference.steps[len(own)]
        return f"Think: {_filled(step.thought, values)}\n\nAct: bash\n\n```bash\n{_filled(step.bash, values)}\n```"
    if len(own) == len(reference.steps) and reference.answer is not None:
        return f"Think: {_filled(reference.thought, values)}\n\nAct: answer({_filled(reference.answer, values)})"
    return f"Think: {_filled(reference.thought, values)}\n\nAct: finish"


def reference_of(task: Task) -> Reference:
    """The typed reference of `task`. Raises `TaskFault` when it has none of this form."""
    try:
        return msgspec.convert(task.reference, Reference)
    except msgspec.ValidationError as error:
        raise TaskFault(f"task '{task.id}' has no playable reference: {error}") from error


def _printed(message: Message) -> str:
    return "" if message.content == EMPTY else message.content.removeprefix(OUTPUT)


def _values(steps: Sequence[Step], outputs: Sequence[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for step, output in zip(steps, outputs, strict=False):
        for name, pattern in step.values.items():
            found = re.search(pattern, output, re.MULTILINE)
            values[name] = (found[1 if found.re.groups else 0] or "") if found else UNKNOWN_VALUE
    return values


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), text)
