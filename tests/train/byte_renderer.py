"""A renderer whose tokens are bytes: what the tests of the cache render with."""

from __future__ import annotations

from collections.abc import Sequence

from train.renderers.conversation import Conversation
from train.renderers.renderer import Part, Rendered, Renderer, RenderError, is_trained

STOP = 256


class ByteRenderer(Renderer):
    """Every message is its bytes and a stop token.

    `dialect` makes another renderer of it; an empty reply cannot be rendered.
    """

    name = "bytes"

    def __init__(self, dialect: str = "") -> None:
        self._dialect = dialect
        self.rendered = 0

    @property
    def fingerprint(self) -> str:
        return f"bytes{self._dialect}"

    @property
    def stop_token_ids(self) -> tuple[int, ...]:
        return (STOP,)

    def layout(self, conversation: Conversation) -> list[Part]:
        raise NotImplementedError  # bytes need no layout

    def render_many(self, conversations: Sequence[Conversation]) -> list[Rendered | RenderError]:
        self.rendered += len(conversations)
        return [_rendered(conversation) for conversation in conversations]


def _rendered(conversation: Conversation) -> Rendered | RenderError:
    rendered = Rendered([], [], [])
    for message in conversation.messages:
        if message.role == "assistant" and not message.content:
            return RenderError(conversation.id, "an empty reply")
        ids = [*message.content.encode(), STOP]
        rendered.token_ids.extend(ids)
        rendered.trained.extend([is_trained(message)] * len(ids))
        rendered.message_ends.append(len(rendered.token_ids))
    return rendered
