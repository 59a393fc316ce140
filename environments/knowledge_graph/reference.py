"""Plays a task's gold calls, then names the last variable. A pure function of the task and the conversation.

`Task.reference` holds `calls` (AgentBench's `actions`: ids and `#n`) and optionally a `thoughts` entry for each and one
for the answer. The calls are written as an agent writes them: with the names that the question gives. Thoughts say only
what is known at that point.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

from environments.contract import Task, TaskFault
from environments.knowledge_graph.grammar import render_call, render_final_answer
from environments.knowledge_graph.programs.calls import SHOWING, GoldCall, read_call
from environments.message import Message

_THOUGHTS: Mapping[str, Sequence[str]] = {
    "get_relations": (
        "I want to see where {0} leads, so I ask for its relations.",
        "To get on from {0}, I need to know its relations.",
        "Which relations does {0} have? I list them.",
    ),
    "get_neighbors": (
        "Of the relations listed for {0}, {1} fits the question, so I follow it.",
        "{1} is the relation that I need here; I follow it from {0}.",
        "The list has {1}, which leads from {0} to what is asked about.",
    ),
    "intersection": (
        "Both conditions have to hold, so I take what is in {0} and in {1}.",
        "{0} and {1} are of one type; their intersection meets both conditions.",
    ),
    "union": ("Either of the two will do, so I join {0} and {1}.",),
    "get_attributes": (
        "The question asks for an extreme among {0}, so I look at their attributes.",
        "To compare the members of {0} I need to know their attributes.",
    ),
    "argmax": (
        "{1} is what has to be largest or latest, so I take the maximum over {0}.",
        "I pick the one of {0} with the highest {1}.",
    ),
    "argmin": (
        "{1} is what has to be smallest or earliest, so I take the minimum over {0}.",
        "I pick the one of {0} with the lowest {1}.",
    ),
    "count": ("The question asks how many there are, so I count {0}.", "{0} holds what has to be counted."),
}
_ENDINGS = (
    "{0} is what the question asks for.",
    "With {0} I have the answer.",
    "Nothing is left to do: {0} is the answer.",
)


def reply(task: Task, messages: Sequence[Message]) -> str:
    """The next reply, given the conversation so far. Raises `TaskFault` for a task without a reference."""
    if task.reference is None:
        raise TaskFault(f"task '{task.id}' has no reference solution")
    calls = [read_call(text) for text in task.reference["calls"]]
    done = sum(message.role == "assistant" and message.loss is not False for message in messages)
    thoughts = task.reference.get("thoughts") or []
    if done >= len(calls):
        last = sum(call.tool not in SHOWING for call in calls) - 1
        thought = (
            thoughts[len(calls)] if len(thoughts) > len(calls) else _pick(_ENDINGS, task.id, done).format(f"#{last}")
        )
        return f"Thought: {thought}\n{render_final_answer(last)}"
    call = _named(calls[done], task.payload["entities"])
    thought = (
        thoughts[done] if done < len(thoughts) else _pick(_THOUGHTS[call.tool], task.id, done).format(*call.arguments)
    )
    return f"Thought: {thought}\n{render_call(call.tool, *call.arguments)}"


def _named(call: GoldCall, entities: Mapping[str, str]) -> GoldCall:
    """The call with names in place of ids. An id that the question gives no name to is written as it is."""
    names = {id: name for name, id in entities.items()}
    return GoldCall(call.tool, tuple(names.get(argument, argument) for argument in call.arguments))


def _pick(wordings: Sequence[str], key: str, number: int) -> str:
    return wordings[zlib.crc32(f"{key}/{number}".encode()) % len(wordings)]
