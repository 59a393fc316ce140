"""Players for tests: they play one episode in an environment and return how it ended."""

from __future__ import annotations

from collections.abc import Sequence

from environments.contract import DoubtfulFault, Feedback, Session, Task
from environments.database.grammar import render_final_answer, render_operation
from environments.database.judge import is_modification, quote
from environments.database.reference import reply
from environments.message import Message
from tests.environments.episodes import Player


async def run(session: Session, sql: str) -> str:
    """What the agent sees after `sql`."""
    return (await session.step(f"I try.\n{render_operation(sql)}")).observation


async def settled(session: Session, sql: str | None = None) -> Feedback:
    """What `sql`, or else an answer, leads to when the replay has met the same: a fault in doubt is said once, then it
    is the agent's.
    """
    reply = f"I try.\n{render_operation(sql)}" if sql is not None else f"I answer.\n{render_final_answer(['x'])}"
    try:
        return await session.step(reply)
    except DoubtfulFault as doubt:
        return doubt.feedback


async def finish(session: Session, values: Sequence[str] = ("x",)) -> Feedback:
    """The ending after answering with `values`."""
    return await session.step(f"I answer.\n{render_final_answer(values)}")


reference: Player = reply


def nothing(task: Task, messages: Sequence[Message]) -> str:
    """Answers at once, with an empty list."""
    return f"I do nothing.\n{render_final_answer([])}"


def wrong(task: Task, messages: Sequence[Message]) -> str:
    """Changes what should not be changed, and answers beside the point."""
    if is_modification(task.payload["kinds"]) and not any(message.loss for message in messages):
        return f"I delete all.\n{render_operation('DELETE FROM ' + quote(task.payload['tables'][0]['name']))}"
    answers = task.payload.get("answers", [])
    return f"I guess.\n{render_final_answer([f'{answer}1' for answer in answers] or ['done'])}"


def small_task(rows: Sequence[Sequence[str | None]] = (("1", "one"), ("2", "two")), **payload: object) -> Task:
    """A task over a small table `t` with the columns `n` and `word`."""
    table = {"name": "t", "columns": ["n", "word"], "rows": [list(row) for row in rows]}
    values = {
        "description": "What is it?",
        "add_description": "",
        "tables": [table],
        "kinds": ["other"],
        "answers": ["42"],
        **payload,
    }
    return Task("small", "database", "test", "test", values)
