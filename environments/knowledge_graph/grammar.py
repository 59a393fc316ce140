"""What a reply means and what the agent reads: AgentBench's grammar of the knowledge graph (SPEC 2.4, version OLD).

A reply is cut at the first `Observation:`, and `\\_` means `_`; what is left is also what the history keeps. Then
`Final Answer: #3` (or `Find Answer`) anywhere ends the episode; else the first line that begins with `Action` and has a
colon is carried out. The words around it are in `prompts/`, our own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple, cast

from environments.contract import Kept, UserError
from environments.message import Message, Role
from environments.own_opening import read_own_opening

PROMPTS = Path(__file__).parent / "prompts"
INVALID_ID = "Invalid variable id! Need to recheck the action."
NO_ACTION = "No executable function found! Need to recheck the action."
NOT_EXECUTED = "Function is not executed!"
KEPT = Kept(cut_at="Observation:", unescaped="_")
"""What counts of a reply, and so what stands in the history: an observation that the agent makes up is none."""

_ANSWER = re.compile(r"(?:Find|Final) Answer: #(\d+)")
_TURN = re.compile(r"^=== (user|assistant) ===\n", re.MULTILINE)
LIMIT_DIGITS = 9


class Move(NamedTuple):
    """One reply, understood: the index of the final variable (-1: none that can exist), or the action line, or
    neither.
    """

    answer: int | None = None
    line: str | None = None


def parse(reply: str) -> Move:
    """Read any string. Linear in its length; never raises."""
    reply = KEPT.of(reply)
    found = _ANSWER.search(reply)
    if found:
        digits = found.group(1).lstrip("0") or "0"
        return Move(answer=int(digits) if len(digits) <= LIMIT_DIGITS else -1)
    return Move(line=next((line for line in reply.split("\n") if line.startswith("Action") and ":" in line), None))


def relations_observation(names: Sequence[str]) -> str:
    """What `get_relations` and `get_attributes` show."""
    return f"Observation: [{', '.join(names)}]"


def variable_observation(index: int, type: str) -> str:
    """What a call that makes a variable shows."""
    return f"Observation: variable #{index}, which are instances of {type}"


def number_observation(index: int) -> str:
    """What `count` shows."""
    return f"Observation: variable #{index}, which is a number"


def call_failed(name: str, arguments: Sequence[str]) -> str:
    """What a call that cannot be carried out shows."""
    call = f"{name}({', '.join(arguments)}) cannot be executed."
    if name == "intersection":
        return f"{call} The two variables are not of the same type. You may further explore them by call get_relations"
    return f"{call} You may make a mistake and need to fix it."


def syntax_error(name: str) -> str:
    """What a call shows that has no arguments to read."""
    return (
        f"I may make a syntax error when calling {name} (e.g., unmatched parenthesis). I need to fix it and reuse the"
        " tool"
    )


def task_message(question: str, names: Sequence[str]) -> Message:
    """The question as the agent gets it: names only, the ids stay hidden."""
    return Message("user", f"A new question: {question}\nEntities: [{', '.join(names)}]")


def opening(question: str, entities: Mapping[str, str], prompts: str | None = None) -> list[Message]:
    """Instruction, acknowledgement and demonstration (`loss=False`), then the question.

    Raises `UserError` for bad prompt files.
    """
    return [*_prefix(Path(prompts or PROMPTS)), task_message(question, list(entities))]


@cache
def _prefix(folder: Path) -> tuple[Message, ...]:
    """`demonstration.txt` begins with the acknowledgement of the instruction, and ends with an assistant's turn. An
    `opening.json` stands for both files."""
    own = read_own_opening(folder)
    if own is not None:
        return tuple(own)
    path = folder / "demonstration.txt"
    before, *turns = _TURN.split(_read(path))
    roles, contents = turns[::2], [content.strip() for content in turns[1::2]]
    if before.strip() or len(roles) % 2 == 0 or roles != (["assistant", "user"] * len(roles))[: len(roles)]:
        raise UserError(
            f"{path}: turns must alternate, each under a line '=== user ===' or '=== assistant ===', from assistant to"
            " assistant"
        )
    messages = [
        Message(cast(Role, role), content, loss=False if role == "assistant" else None)
        for role, content in zip(roles, contents, strict=True)
    ]
    return (Message("user", _read(folder / "instruction.txt").strip()), *messages)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"{path}: cannot read this prompt ({error}); a folder holds instruction.txt and demonstration.txt"
        ) from None


def render_call(name: str, *arguments: str) -> str:
    """A call as the agent writes it."""
    return f"Action: {name}({', '.join(arguments)})"


def render_final_answer(index: int) -> str:
    """The answer as the agent writes it."""
    return f"Final Answer: #{index}"
