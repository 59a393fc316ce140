"""What a reply means: AgentBench's three patterns (SPEC 2.3), each searched anywhere in the reply.

    Thought: …
    Answer: C.
    Action: SELECT
    Value: Pickup

They match what they match: `Answer: Apples` is A, and a value ends with its line.
"""

from __future__ import annotations

import re
from typing import NamedTuple

CLICK, SELECT, TYPE = OPERATIONS = ("CLICK", "SELECT", "TYPE")
LETTERS = "ABCDEF"
_ANSWER = re.compile("Answer: ([A-F])")
_ACTION = re.compile("Action: (CLICK|SELECT|TYPE)")
_VALUE = re.compile("Value: (.*)$", re.MULTILINE)


class Answer(NamedTuple):
    """A letter and an action. `letter` is "" where the reply has none, which AgentBench takes for A."""

    letter: str
    action: str


def parse(reply: str) -> Answer:
    """What a reply says; any string is legal."""
    text = reply.strip()
    letter, operation, value = (_first(pattern, text) for pattern in (_ANSWER, _ACTION, _VALUE))
    return Answer(letter, action(operation, value))


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""


def action(operation: str, value: str) -> str:
    """An operation and its value as one text, by which predictions are compared."""
    return f"{operation.strip()} {value.strip()}"


def gold_action(operation: str, value: str) -> str:
    """The same of a recorded operation: a click has no value, and a value of several lines its first one; an operation
    that agents do not have is none.
    """
    known = operation if operation in OPERATIONS else ""
    return action(known, "" if operation == CLICK else value.partition("\n")[0])


def render(thought: str, letter: str, operation: str = "", value: str = "") -> str:
    """A reply; with a letter alone it is "none of the above"."""
    lines = [f"Thought: {thought}", f"Answer: {letter}."]
    lines += [f"Action: {operation}"] if operation else []
    lines += [f"Value: {value}"] if value else []
    return "\n".join(lines)
