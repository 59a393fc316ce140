"""Players for tests: they shop in an environment and return how it ended."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from random import Random
from typing import Any

from environments.contract import Session, Task
from environments.message import Message
from environments.webshop.generate import generate
from environments.webshop.reference import reply
from tests.environments.episodes import Player


def actions(turn: str) -> dict[str, Any]:
    """The available actions of a turn."""
    found: dict[str, Any] = ast.literal_eval(turn.rsplit("Available Actions:\n", 1)[1])
    return found


def page(turn: str) -> str:
    """The observation of a turn."""
    return turn.removeprefix("Observation:\n").rsplit("\n\nAvailable Actions:\n", 1)[0]


async def act(session: Session, action: str) -> str:
    """The turn after an action."""
    return (await session.step(f"Thought:\nI try.\n\nAction:\n{action}")).observation


reference: Player = reply


def nothing(task: Task, messages: Sequence[Message]) -> str:
    """Says something, without an action."""
    return "I do not want to buy anything."


def idler(task: Task, messages: Sequence[Message]) -> str:
    """Clicks on what is not there."""
    return "Action:\nclick[nothing]"


def random_basket(seed: int) -> Player:
    """Searches for something and clicks on anything."""
    rng = Random(seed)

    def player(task: Task, messages: Sequence[Message]) -> str:
        found = actions(messages[-1].content)
        if found["has_search_bar"]:
            word = rng.choice(["gift", "shirt", "black", "free", "cream", "size small", "watch", "lamp"])
            return f"Action:\nsearch[{word}]"
        return f"Action:\nclick[{rng.choice(found['clickables'])}]"

    return player


def a_task(family: str = "one_attribute", seed: int = 0) -> Task:
    """One generated task."""
    return next(generate(1, seed, "train", [family]))
