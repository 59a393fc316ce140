"""Plays a household task as a person would who knows such rooms: it looks where things usually are, and remembers.

A pure function of the task and the conversation: the household is known from what the game has said, and of the payload
only what is to be done. It goes on from anything that somebody else did before. `Task.reference` is an empty object.
"""

from __future__ import annotations

from collections.abc import Sequence

from environments.alfworld.expert.home import Home
from environments.alfworld.expert.next_step import next_step
from environments.alfworld.expert.thoughts import thought
from environments.alfworld.expert.wanted import wanted
from environments.alfworld.grammar import render_reply, without_actions
from environments.alfworld.tool_calls import find_action
from environments.contract import Said, Task, TaskFault
from environments.message import Message

TASK = "Your task is to: "


def reply(task: Task, messages: Sequence[Message]) -> str:
    """The next reply, given the conversation so far. Raises `TaskFault` for what is no household task."""
    try:
        goal = wanted(task.payload)
    except ValueError as error:
        raise TaskFault(f"task '{task.id}' is no household task: {error}") from None
    heard = _heard(messages)
    step = next_step(_home(heard), goal)
    before = next_step(_home(heard[:-1]), goal) if len(heard) > 1 else None
    return render_reply(thought(step, before, goal, f"{task.id}/{len(heard)}"), step.action)


def _heard(messages: Sequence[Message]) -> list[tuple[str, str]]:
    """What was done and what the game said to it, from the task on."""
    start = max((i for i, message in enumerate(messages) if _tells(message)), default=0)
    heard = []
    said: list[Said] = []
    for message in messages[start:]:
        if message.role == "assistant":
            said = list(message.tool_calls) or [message.content]
        else:
            action = find_action(said.pop(0), "old", False) if said else ""
            heard.append((action if isinstance(action, str) else "", without_actions(message.content)))
    return heard


def _tells(message: Message) -> bool:
    return message.role == "user" and TASK in message.content


def _home(heard: Sequence[tuple[str, str]]) -> Home:
    home = Home()
    for action, said in heard:
        home.hear(action, said)
    return home
