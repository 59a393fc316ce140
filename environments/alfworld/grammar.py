"""What a reply means and how a turn is shown: the paper's harness for ALFWorld (SPEC 2.1).

A reply's action stands on one line after `ACTION:`; in the older harness a reply without it is an action as it is.
"""

from __future__ import annotations

import re

NOTHING = "Nothing happens."
"""What the game says to anything that is no command."""
LIMIT_ACTION_CHARS = 1000
"""What counts of an action: far more than any command has."""

_ACTION = re.compile(r"ACTION:(.*)")
_LISTED = " AVAILABLE ACTIONS: "
_ARRIVED = "You arrive at loc "


def find_action(reply: str, harness: str) -> str | None:
    """The action in a reply, in lower case; None where there is none, which ends an episode of the newer harness.

    Any string is legal.
    """
    found = _ACTION.search(reply)
    if found is None and harness != "old":
        return None
    return action_of(found[1] if found else reply)


def action_of(text: str) -> str:
    """The first line of what was said to be an action, in lower case."""
    line = text.strip().lower().split("\n")[0][:LIMIT_ACTION_CHARS]
    return line.encode("utf-8", "replace").decode("utf-8")


def render_turn(observation: str, actions: list[str] | None) -> str:
    """What the agent reads: the game's words without a location's number, and `actions` where they are listed."""
    if observation.startswith(_ARRIVED):
        observation = observation.partition(". ")[2]
    return observation if actions is None else f"{observation}{_LISTED}{chr(10).join(actions)}\n"


def without_actions(turn: str) -> str:
    """A turn's observation alone."""
    return turn.partition(_LISTED)[0]


def render_reply(thought: str, action: str) -> str:
    """The replying pattern; an action may stand without a thought."""
    return f"THOUGHT: {thought}\nACTION: {action}" if thought else f"ACTION: {action}"
