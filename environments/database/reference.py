"""Plays a task's reference solution: its statements one by one, then an answer read from what the server printed.

A pure function of the task and the conversation. Thoughts are short and say only what is known at that point; their
wording varies with the task's id.

`Task.reference` holds `statements`, optionally a `thoughts` entry for each, and `answers` where the answer is known
without the server (DBBench's labels); without them the last observation is the answer.
"""

from __future__ import annotations

import ast
import re
import zlib
from collections.abc import Sequence
from typing import Any

from environments.contract import Task, TaskFault
from environments.database.grammar import TRUNCATED, render_final_answer, render_operation
from environments.database.judge import is_modification
from environments.message import Message

OPERATE = (
    "I run the statement that does what the task asks for.",
    "This can be done with one statement, which I send now.",
    "I turn the request into SQL and run it.",
)
CHANGED = ("The change is made.", "No error: done.", "The statement went through.")
READ = ("That is the answer.", "The result is the answer.", "I can answer now.")
KNOWN = (
    "I commit the answer that is recorded for this question.",
    "The answer to this question is on record, so I give it directly.",
)


def reply(task: Task, messages: Sequence[Message]) -> str:
    """The next reply, given the conversation so far. Raises `TaskFault` for a task without a reference."""
    if task.reference is None:
        raise TaskFault(f"task '{task.id}' has no reference solution")
    statements: list[str] = task.reference["statements"]
    done = sum(message.role == "assistant" and message.loss is not False for message in messages)
    if done < len(statements):
        thoughts = task.reference.get("thoughts") or []
        thought = thoughts[done] if done < len(thoughts) else _pick(OPERATE, task.id)
        return f"{thought}\n{render_operation(statements[done])}"
    if is_modification(task.payload["kinds"]):
        return f"{_pick(CHANGED, task.id)}\n{render_final_answer(['done'])}"
    if task.reference.get("answers"):
        return f"{_pick(KNOWN, task.id)}\n{render_final_answer(task.reference['answers'])}"
    return f"{_pick(READ, task.id)}\n{render_final_answer(read_values(messages[-1].content))}"


def read_values(observation: str) -> list[str]:
    """The values in a printed result, row by row, as text; none where it is an error or was cut off."""
    plain = re.sub(r"Decimal\(('[^']*')\)", r"\1", observation)
    if plain.endswith(TRUNCATED):
        return []
    try:
        rows: Any = ast.literal_eval(plain)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return []
    if not isinstance(rows, list):
        return []
    return [str(value) for row in rows if isinstance(row, tuple) for value in row]


def _pick(wordings: Sequence[str], key: str) -> str:
    return wordings[zlib.crc32(key.encode()) % len(wordings)]
