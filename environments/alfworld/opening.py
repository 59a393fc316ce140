"""The messages before the task: instruction, acknowledgement, and an example of the task's type (`loss=False`)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from environments.alfworld.games.household import TaskType
from environments.alfworld.payload import task_type
from environments.alfworld.settings import Settings
from environments.contract import Task, TaskFault, UserError
from environments.message import Message
from environments.own_opening import read_own_opening, tools_instruction

PROMPTS = Path(__file__).parent / "prompts"
ACKNOWLEDGED = "OK. I will find out where things are and solve the task."
EXAMPLE = "Here is one example.\n"
TASK = "Here is your task. "
PUT = "{put}"
FORMS = {"put": "put THING in/on PLACE", "move": "move THING to PLACE"}
"""What stands in the place of `PUT` in this project's instruction."""
NAMES = {
    TaskType.PUT: "put",
    TaskType.CLEAN: "clean",
    TaskType.HEAT: "heat",
    TaskType.COOL: "cool",
    TaskType.EXAMINE: "examine",
    TaskType.PUT_TWO: "puttwo",
}
"""What AgentBench's files of demonstrations call the types."""

Demonstrations = dict[str, list[str]]


class Openings:
    """What episodes begin with, read once. Raises `UserError` where the user's own texts are none."""

    def __init__(self, settings: Settings) -> None:
        self._demonstrations: Demonstrations = {}
        self._before = _own(settings)
        if self._before is None:
            folder = Path(settings.prompts or PROMPTS)
            listed = settings.listed and not settings.prompts
            instruction = _read(folder / ("instruction-listed.md" if listed else "instruction.md"))
            instruction = instruction.replace(PUT, FORMS[settings.commands]) if not settings.prompts else instruction
            self._before = [Message("user", instruction), Message("assistant", ACKNOWLEDGED, loss=False)]
            if settings.demonstration:
                self._demonstrations = _demonstrations(folder / _file(settings))

    def before_the_task(self, task: TaskType) -> list[Message]:
        """All that stands before the task's own message."""
        messages = list(self._before or ())
        for number, text in enumerate(self._demonstrations.get(NAMES[task], ())):
            said = EXAMPLE + text if number == 0 else text
            messages.append(Message("assistant", said, loss=False) if number % 2 else Message("user", said))
        return messages


def with_task(before: Sequence[Message], task: str) -> list[Message]:
    """The opening: the task is a message of its own, or ends the one before it."""
    *earlier, last = before
    if last.role == "user":
        return [*earlier, Message("user", f"{last.content}\n\n{task}")]
    return [*before, Message("user", TASK + task)]


def opening(task: Task, settings: Settings) -> list[Message]:
    """As the session begins, but for the task, in whose place stands the demonstration's: it is as long."""
    try:
        kind = task_type(task.payload)
    except ValueError as error:
        raise TaskFault(f"task '{task.id}' is no household task: {error}") from None
    typical = _demonstrations(PROMPTS / f"demonstrations-{settings.commands}.json")[NAMES[kind]][0]
    return with_task(Openings(settings).before_the_task(kind), typical)


def _own(settings: Settings) -> list[Message] | None:
    """An opening that is the same for all tasks: that of tools, or the user's own, to the byte."""
    folder = Path(settings.prompts or PROMPTS)
    if settings.dialect == "tools":
        return [Message("user", tools_instruction(folder))]
    own = read_own_opening(folder) if settings.prompts else None
    return own if own is None or settings.demonstration else own[:2]


def _file(settings: Settings) -> str:
    return "demonstrations.json" if settings.prompts else f"demonstrations-{settings.commands}.json"


def _demonstrations(path: Path) -> Demonstrations:
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Demonstrations)
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: no demonstrations ({error}); it is a JSON object, type of task → turns") from None
    for name in NAMES.values():
        if not found.get(name) or len(found[name]) % 2:
            raise UserError(
                f"{path}: '{name}' is to be a list of turns, from the household's first to the agent's last"
            )
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"alfworld.prompts: cannot read '{path}' ({error}); the folder needs such a file") from None
