"""One conversation to train on, wherever it came from."""

from __future__ import annotations

from typing import NamedTuple

from actors.records.trajectory import Message


class Conversation(NamedTuple):
    """`messages` carry `loss`: True or False for assistant messages (None counts as True), None for others.

    `sampled` holds, by the index of the message, the token ids that the model really sampled: they win over
    re-tokenising the text. `label` is the general side's kind (`gpt-4`) or the agent side's world.
    """

    id: str
    label: str
    messages: tuple[Message, ...]
    sampled: dict[int, tuple[int, ...]]
