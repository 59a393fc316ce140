"""What is said in an episode: text, and beside it what only some models and environments use (tools, thoughts, images).

`content` is always the message's text, all of it for most. A reader that knows text alone reads on where `plain` says
that there is nothing else.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Role = Literal["system", "user", "assistant", "tool"]


class ToolCall(msgspec.Struct, frozen=True):
    """A call as the model wrote it: `arguments` is its JSON text, unread, and may be anything."""

    id: str
    name: str
    arguments: str


def arguments_of(call: ToolCall) -> dict[str, Any] | None:
    """A call's arguments by name; None where the model wrote no JSON object."""
    try:
        found = msgspec.json.decode(call.arguments or "{}")
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


class Tool(msgspec.Struct, frozen=True):
    """A tool that a model is offered; `parameters` is a JSON schema of an object."""

    name: str
    description: str
    parameters: dict[str, Any]


class TextPart(msgspec.Struct, frozen=True, tag_field="type", tag="text"):
    """A piece of text among other parts."""

    text: str


class ImagePart(msgspec.Struct, frozen=True, tag_field="type", tag="image"):
    """An image by its address: a `data:` URL, or one that the reader can reach."""

    url: str


Part = TextPart | ImagePart


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message of a conversation.

    `loss` is AgentInstruct's flag: None for what the environment says, False for assistant turns that were not
    generated in this episode (canned acknowledgement, demonstration), True for the agent's own. An assistant's message
    may have `tool_calls`, and the `reasoning` that its provider told apart from the reply; a message of role 'tool'
    answers the call `tool_call_id`. `parts` are all of a message that is more than text, in their order.
    """

    role: Role
    content: str
    loss: bool | None = None
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""
    parts: tuple[Part, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether a reader of text alone misses nothing that was said or done; reasoning is neither."""
        return self.role != "tool" and not self.tool_calls and not self.parts

    @property
    def said(self) -> str:
        """Text, images and calls as one text, to compare messages by: nothing of what is random in it, no ids."""
        if not (self.tool_calls or self.parts):
            return self.content
        images = [part.url for part in self.parts if isinstance(part, ImagePart)]
        calls = [f"{call.name}({call.arguments})" for call in self.tool_calls]
        return "\n".join([self.content, *images, *calls])
