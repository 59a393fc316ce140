"""What becomes of conversations whose template rewrites what it wrote: left out, or split into one document for each
trained reply.

Reasoning models' templates leave the thoughts of earlier turns out. No one text then has all replies behind the prompts
that they answer; but each reply by itself has, when it is the last: the earlier turns are what the template makes of
them, and only it is trained.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import Literal

import msgspec

from train.renderers.conversation import Conversation
from train.renderers.renderer import REWRITES, Rendered, Renderer, RenderError, is_trained

Rewritten = Literal["drop", "split"]


def documents(
    renderer: Renderer, conversations: Sequence[Conversation], rewritten: Rewritten
) -> Iterator[tuple[Conversation, Rendered | RenderError]]:
    """Each conversation with what it became; one that is split comes once for each of its documents."""
    for conversation, result in zip(conversations, renderer.render_many(conversations), strict=True):
        if rewritten == "split" and isinstance(result, RenderError) and result.reason == REWRITES:
            yield from zip(repeat(conversation), renderer.render_many(list(per_reply(conversation))), strict=False)
        else:
            yield conversation, result


def per_reply(conversation: Conversation) -> Iterator[Conversation]:
    """For each trained reply the conversation up to it, in which it alone is trained."""
    for end, message in enumerate(conversation.messages, 1):
        if is_trained(message):
            before = (
                msgspec.structs.replace(m, loss=False) if is_trained(m) else m for m in conversation.messages[: end - 1]
            )
            yield conversation._replace(messages=(*before, message))
