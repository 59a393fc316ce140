"""Whatever serves a model, as the check asks it: prompts as token ids, log-probabilities, and how a reply ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from actors.records.trajectory import Message

FORCED_TOKENS = (
    8  # what a reply may have that is made to say its stop token: more than one, to tell an end from a limit
)
FORCE = 100.0  # the most that a logit_bias may be, in OpenAI's protocol


class CannotTell(Exception):
    """The server has no way to answer this; why, in one line."""


class Ending(NamedTuple):
    """A reply that was made to say one token again and again.

    `token_ids` is None where the server does not tell them.
    """

    finish_reason: str
    text: str
    token_ids: tuple[int, ...] | None


class Served(Protocol):
    """One served model. Every question may raise `CannotTell`; a mistake of the user's is a `UserError`."""

    @property
    def name(self) -> str:
        """For a person: 'vLLM 0.32.0 on cpu'."""

    @property
    def dtype(self) -> str:
        """What it computes in; 'unknown' if it does not say."""

    async def start(self) -> None:
        """Load or connect."""

    async def stop(self) -> None:
        """Free what `start` took; may be called without it."""

    async def prompt_ids(self, messages: Sequence[Message]) -> list[int]:
        """What the model is really fed for a chat."""

    async def log_probabilities(self, ids: Sequence[int]) -> list[float]:
        """Of every id behind the first, given those before it."""

    async def forced(self, messages: Sequence[Message], token_id: int) -> Ending:
        """The reply to a chat when `token_id` is all that the model will say, of at most `FORCED_TOKENS`."""
