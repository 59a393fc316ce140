"""What an LLM is to the loop, and how it fails.

    LLMError
    ├── ContextOverflow     the conversation no longer fits: the agent's ending, `agent context limit`
    ├── ProviderFault       the provider failed for good after its retries: not the agent's
    └── BudgetExhausted     the run's money is spent: not the agent's

A wrong key or an unknown model is a `UserError`: it ends the run in one line.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from actors.records.trajectory import Usage
from environments.contract import Task
from environments.message import Message, Tool, ToolCall


class LLMError(Exception):
    """A model call that gave no reply."""


class ContextOverflow(LLMError):
    """The conversation does not fit into the model's context."""


class ProviderFault(LLMError):
    """The provider (or the engine) failed after all retries."""


class BudgetExhausted(LLMError):
    """The run's budget is spent; no further call is made."""


class Sampling(BaseModel):
    """How replies are sampled.

    The default is AgentTuning's evaluation: greedy, but with room for longer replies than 128 tokens.
    """

    model_config = ConfigDict(use_attribute_docstrings=True, extra="forbid", frozen=True)

    temperature: float = Field(default=0.0, ge=0, le=2)
    """0 is greedy, AgentTuning's way to evaluate."""
    top_p: float = Field(default=1.0, gt=0, le=1)
    """Nucleus sampling: the share of probability that is drawn from."""
    max_tokens: int = Field(default=512, ge=1)
    """Tokens that one reply may have."""
    stop: tuple[str, ...] = ()
    """Texts at which a reply ends; they are not part of it."""
    seed: int | None = None
    """A seed for the provider's or the engine's sampling; null: none is sent."""


def _unaccounted(cost: float) -> None:
    """For who keeps no accounts."""


class Episode(msgspec.Struct, frozen=True):
    """What an LLM may know of the episode it plays in. Only the `reference` player looks at the task.

    `wasted` is told, at once, what each call cost that brought no reply: money is spent whatever came of it.
    """

    id: str
    task: Task
    attempt: int = 0
    wasted: Callable[[float], None] = _unaccounted


class Reply(msgspec.Struct, frozen=True, omit_defaults=True):
    """One sampled reply. `limit_s` is the time spent waiting for a rate limit; `token_ids`/`logprobs` as in `Turn`;
    `reasoning` and `tool_calls` as in `Message`.
    """

    text: str
    finish_reason: str = "stop"
    usage: Usage = Usage()
    token_ids: list[int] | None = None
    logprobs: list[float] | None = None
    limit_s: float = 0.0
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()

    @property
    def message(self) -> Message:
        """The reply as the agent's own message."""
        return Message("assistant", self.text, loss=True, reasoning=self.reasoning, tool_calls=self.tool_calls)


def with_calls(entry: dict[str, Any], message: Message, arguments: Callable[[ToolCall], Any]) -> dict[str, Any]:
    """`entry`, a message as OpenAI's API has it, with what there is of tools in `message`."""
    if message.tool_calls:
        entry["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments(call)}}
            for call in message.tool_calls
        ]
    if message.role == "tool":
        entry["tool_call_id"] = message.tool_call_id
    return entry


def offered(tools: Sequence[Tool]) -> list[dict[str, Any]]:
    """Tools as OpenAI's API and chat templates have them."""
    return [{"type": "function", "function": msgspec.structs.asdict(tool)} for tool in tools]


def with_system(messages: Sequence[Message], prompt: str | None) -> Sequence[Message]:
    """`messages` behind the system prompt, unless there is none or they have one of their own."""
    if prompt is None or (messages and messages[0].role == "system"):
        return messages
    return [Message("system", prompt), *messages]


class LLM(ABC):
    """A source of replies that many episodes ask at once."""

    async def start(self) -> None:
        """Connect or load. Raises `UserError` for what the user can mend (wrong key, unknown model, missing
        package).
        """

    @abstractmethod
    async def reply(self, messages: Sequence[Message], episode: Episode, tools: Sequence[Tool] = ()) -> Reply:
        """The model's next message after `messages`, with `tools` that it may call. Raises an `LLMError`."""

    async def cut(self, reply: Reply, text: str) -> Reply:
        """`reply` of which only `text` is kept: ended there, at the price that was paid for all of it. Its sampled
        tokens are kept as far as they spell `text` exactly, which an LLM without a tokenizer of its own cannot tell."""
        return msgspec.structs.replace(reply, text=text, finish_reason="stop", token_ids=None, logprobs=None)

    def hide(self, text: str) -> str:
        """`text` without the secrets that this LLM knows."""
        return text

    async def healthy(self) -> None:
        """Return if the LLM can go on; raise `ProviderFault` when it is gone for good, so that its actor is replaced.
        Cheap.
        """

    async def stop(self) -> None:
        """Close connections, free the engine."""
