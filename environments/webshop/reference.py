"""Plays a task's reference solution: search, go to the product, look at the page that tells it from its look-alikes,
choose, buy.

A pure function of the task and the conversation. `Task.reference` holds `query`, `asin`, `options` and `look` (a page
to look at, or "").
"""

from __future__ import annotations

import ast
import zlib
from collections.abc import Sequence
from typing import Any

from environments.contract import Task, TaskFault
from environments.message import Message
from environments.webshop.grammar import Move, render_reply
from environments.webshop.page import SEPARATOR
from environments.webshop.tool_calls import move

SEARCH = (
    "I begin with a search for what the instruction asks for.",
    "The instruction names the product and what matters about it, so I search for that.",
    "First I look for products of this kind.",
)
OPEN = (
    "{asin} on this page fits the instruction, so I open it.",
    "Of these products, {asin} looks right. I go to its page.",
    "I open {asin} to see its options.",
)
NEXT = (
    "None of these is what I need. I look at the next page.",
    "The product is not on this page, so I go on to the next one.",
)
LOOK = (
    "Products of this line look alike. Before I buy, I check the {page}.",
    "The title does not say everything the instruction asks for, so I read the {page}.",
)
BACK = (
    "It has what the instruction asks for. I go back to the product.",
    "That is what I needed to know. Back to the product's page.",
)
CHOOSE = ("The instruction asks for {value}, so I choose it.", "Among the options I need {value}.")
BUY = (
    "Everything that the instruction asks for is there. I buy it.",
    "The product fits and nothing is left to choose, so I buy it.",
)


def reply(task: Task, messages: Sequence[Message]) -> str:
    """The next reply, given the conversation so far. Raises `TaskFault` for a task without a reference."""
    if task.reference is None:
        raise TaskFault(f"task '{task.id}' has no reference solution")
    actions = _actions(messages[-1].content)
    wording, value, action = _next(task.reference, actions, _done(messages))
    thought = wording[zlib.crc32(task.id.encode()) % len(wording)]
    return render_reply(thought.format(asin=value, page=value.lower(), value=value), action)


def _actions(turn: str) -> dict[str, Any]:
    """What a turn says can be done; where it is the page alone, its texts."""
    _, listed, actions = turn.rpartition("Available Actions:\n")
    if listed:
        found: dict[str, Any] = ast.literal_eval(actions)
        return found
    texts = turn.lower().split(SEPARATOR.lower())
    return {"has_search_bar": texts[-1] == "search", "clickables": texts}


def _done(messages: Sequence[Message]) -> list[str]:
    """The arguments of the agent's own actions so far."""
    own = [message for message in messages if message.role == "assistant" and message.loss is not False]
    moves = (move(said, "ab02", False) for message in own for said in message.tool_calls or (message.content,))
    return [done.argument or "" for done in moves if isinstance(done, Move)]


def _next(reference: dict[str, Any], actions: dict[str, Any], done: Sequence[str]) -> tuple[Sequence[str], str, str]:
    """Wording, what it speaks of, and the action."""
    clickables, look = actions["clickables"], reference["look"]
    if actions["has_search_bar"]:
        return SEARCH, "", f"search[{_searchable(reference['query'])}]"
    if "buy now" not in clickables:
        if reference["asin"].lower() in clickables:
            return OPEN, reference["asin"], f"click[{reference['asin']}]"
        if "next >" in clickables:
            return NEXT, "", "click[next >]"
        return BACK, "", "click[< prev]"
    if look and look.lower() not in done:
        return LOOK, look, f"click[{look}]"
    for value in reference["options"]:
        if value not in done:
            return CHOOSE, value, f"click[{value}]"
    return BUY, "", "click[Buy Now]"


def _searchable(text: str) -> str:
    """Without the brackets that would end the action early."""
    return text.replace("[", " ").replace("]", " ")
