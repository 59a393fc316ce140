"""How conversations were written when the model was trained: the ids that whatever serves it must be fed.

The truth is the trainer's renderer over the model that training began with, where that is still there: the served
folder's own template is what is being checked. Elsewhere it is the renderer over the served folder, whose tokenizer the
record vouches for.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from actors.program.user_error import UserError
from actors.records.training_record import Record
from actors.records.trajectory import Message
from serve.check.conversations import SentConversation
from train.renderers import Renderer, RenderError, create
from train.renderers.conversation import Conversation


class Rendered(NamedTuple):
    """A talk as it was trained: what a client sends, the ids of the prompt, and those of all with the reply and its
    stop token.
    """

    name: str
    sent: tuple[Message, ...]
    prompt_ids: tuple[int, ...]
    ids: tuple[int, ...]


def of_source(record: Record, model_dir: str) -> Renderer | None:
    """The renderer that training used, over the model that it began with; None where that is not here or another by
    now.
    """
    source = Path(record.source).expanduser()
    if (
        not record.source
        or not (source / "tokenizer_config.json").is_file()
        or source.resolve() == Path(model_dir).expanduser().resolve()
    ):
        return None
    try:
        renderer = create(record.renderer, record.source, record.system_prompt, record.chat_template)
    except UserError:  # which trained nothing: what lies there now is something else
        return None
    return renderer if record.renderer_fingerprint in ("", renderer.fingerprint) else None


def of_folder(record: Record, model_dir: str) -> Renderer:
    """The same over the served folder. Raises `UserError` where its tokenizer or template are not of that kind."""
    return create(record.renderer, model_dir, record.system_prompt)


def written(renderer: Renderer, talk: SentConversation) -> Rendered | None:
    """The talk by the renderer; None where this family cannot say it (a system prompt, in some)."""
    past = tuple(
        Message(message.role, message.content, loss=False if message.role == "assistant" else None)
        for message in talk.messages
    )
    conversation = Conversation(talk.name, "", (*past, Message("assistant", talk.reply, loss=True)), {})
    try:
        rendered = renderer.render(conversation)
    except RenderError:
        return None
    sent, _ = renderer.with_system(Conversation(talk.name, "", talk.messages, {}))
    return Rendered(
        talk.name, tuple(sent), tuple(rendered.token_ids[: rendered.trained.index(True)]), tuple(rendered.token_ids)
    )


def all_written(renderer: Renderer, chosen: Sequence[SentConversation]) -> list[Rendered]:
    """The talks that this family can say. Raises `UserError` if it can say none."""
    found = [one for one in (written(renderer, talk) for talk in chosen) if one is not None]
    if not found:
        raise UserError(f"the renderer '{renderer.name}' cannot write any of the conversations of the check")
    return found
