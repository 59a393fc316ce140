"""What a reply means and how a turn is shown: AgentBench's WebShop grammar (SPEC 2.2).

A reply holds `search[keywords]` or `click[value]` after `Action:`; the first match counts and ends at the first `]`.
The environment then splits the action again, greedily, so that a `[` among the keywords makes it an action that does
nothing. Both are the original's.
"""

from __future__ import annotations

import re
from typing import Any, Literal, NamedTuple

LIMIT_ARGUMENT_CHARS = 20_000
"""What counts of an argument: more than any model writes, less than a shop refuses."""

PATTERNS = {
    "old": re.compile(r"[Aa]ction: *\n *((search|click)\[.+?])"),
    "ab02": re.compile(r"[Aa]ction: *\n* *((search|click)\[.+?])"),
}


Form = Literal["agentbench", "agentinstruct"]


class Move(NamedTuple):
    """An action's name, `search` or `click` where it is one, and its argument in lower case; None where it has none."""

    name: str
    argument: str | None


def find_action(reply: str, harness: str) -> str | None:
    """The action in a reply, None where there is none: the episode then ends. Any string is legal."""
    found = PATTERNS[harness].search(reply.encode("utf-8", "replace").decode("utf-8"))
    return found[1] if found else None


def parse(action: str) -> Move:
    """Split an action as the original's environment does: `(.+)\\[(.+)\\]`, greedily."""
    end = action.rfind("]")
    start = action.rfind("[", 0, max(end - 1, 0))
    if start < 1:
        return Move(action, None)
    return Move(action[:start], action[start + 1 : end].lower()[:LIMIT_ARGUMENT_CHARS])


def render_turn(observation: str, actions: dict[str, Any], form: Form = "agentbench") -> str:
    """What the agent reads in each round: the page and what can be done, or as in AgentInstruct's records the page
    alone.
    """
    if form == "agentinstruct":
        return observation
    return f"Observation:\n{observation}\n\nAvailable Actions:\n{actions}"


def render_reply(thought: str, action: str) -> str:
    """The replying pattern."""
    return f"Thought:\n{thought}\n\nAction:\n{action}"
