"""What a renderer is: a conversation in, token ids and the mask of the trained ones out, made together.

A family says only how a conversation is laid out: a list of `Part`s, which are text, special tokens or ids that a model
sampled, each marked as trained or not. Here the parts become tokens, so that the mask is how the ids were made and
never searched for.

What lies between two special tokens is tokenised as one text, as the model's own chat template has it. One joint is
kept apart: a reply begins where the generation prompt ends. A serving engine tokenises `<|im_start|>assistant\\n` and
the model goes on from there, so a reply that begins with a newline must not be merged with the header's ("\\n\\n" is
one token in most vocabularies): the ids are the prompt's, then the reply's. (The template, which tokenises both as one
text, differs for such replies alone.) Where the tokenizer puts a space before every text (SentencePiece), a reply
cannot be tokenised apart; there the joint is found in the tokens of the whole, and a token that lies across it is an
error.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from actors.program.terminal import one_line
from actors.program.user_error import UserError
from actors.records.trajectory import Message
from train.renderers.conversation import Conversation
from train.renderers.text_encoder import Encoded, Section, TextEncoder

VERSION = 2  # grows when ids or masks change: what was tokenised before is tokenised again


REWRITES = (  # the reason of conversations that `per_reply` can save
    "the template rewrites what it wrote for the first messages"
)


class RenderError(UserError):
    """One conversation that a renderer cannot render truthfully.

    `reason` is the same for all of its kind, so that they can be counted.
    """

    def __init__(self, conversation: str, reason: str, detail: str = "") -> None:
        self.reason = reason
        shown = f": {one_line(detail, 120)}" if detail else ""
        super().__init__(f"conversation '{one_line(conversation, 80)}': {reason}{shown}")


class Rendered(NamedTuple):
    """T token ids, whether each is a target, and for each message the index just behind its last token (ascending).

    A prefix may be shared, and a conversation cut, at such an index. `retokenised` counts the replies whose sampled ids
    were not used, because they do not spell the reply in this tokenizer.
    """

    token_ids: list[int]
    trained: list[bool]
    message_ends: list[int]
    retokenised: int = 0


class Part(NamedTuple):
    """A piece of the layout: text, or ids as they are. `reply` is what the model says behind the generation prompt; a
    message ends behind a part that `ends` one."""

    text: str = ""
    ids: tuple[int, ...] = ()
    reply: bool = False
    trained: bool = False
    ends: bool = False


class Renderer(ABC):
    """One family's layout over one model's tokenizer."""

    name: str
    template = ""  # jinja that writes what the family's renderer does for a tokenizer without a template of its own

    def __init__(self, encoder: TextEncoder, system_prompt: str | None) -> None:
        self.encoder = encoder
        self.system_prompt = system_prompt

    @property
    @abstractmethod
    def stop_token_ids(self) -> tuple[int, ...]:
        """What ends a reply: the first is the one that a trained reply ends with."""

    @abstractmethod
    def layout(self, conversation: Conversation) -> list[Part]:
        """The parts of a conversation. Raises `RenderError` where the family cannot say it."""

    def text(self, messages: Sequence[Message]) -> str:
        """What the model's chat template writes, and this renderer must.

        Raises `UserError` where the template refuses it.
        """
        return self.encoder.template_text(messages)

    @property
    def missing_template(self) -> str | None:
        """The chat template that a model trained so must be served with; None where its tokenizer has it already."""
        return self.template if self.encoder.chat_template is None else self.encoder.replaced_by

    @property
    def fingerprint(self) -> str:
        """A hash of all that changes ids or mask: the family and its dialect, the tokenizer, the system prompt."""
        parts = [self.name, str(VERSION), repr(self.dialect), repr(self.system_prompt), self.encoder.serialised]
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]

    @property
    def dialect(self) -> tuple[object, ...]:
        """What a family's members differ in."""
        return ()

    def render(self, conversation: Conversation) -> Rendered:
        """Raises `RenderError`, also where nothing is trained."""
        (result,) = self.render_many([conversation])
        if isinstance(result, RenderError):
            raise result
        return result

    def render_many(self, conversations: Sequence[Conversation]) -> list[Rendered | RenderError]:
        """Many at once, by one call of the tokenizer's batch encoding, which uses all cores. A conversation that cannot
        be rendered has its error in its place, to be raised or counted by its `reason`."""
        laid_out = [self._laid_out(conversation) for conversation in conversations]
        wanted = {section for plan in laid_out if isinstance(plan, _Plan) for section in plan.sections()}
        encoded = self.encoder.encode(wanted)
        return [_assembled(plan, encoded) if isinstance(plan, _Plan) else plan for plan in laid_out]

    def with_system(self, conversation: Conversation) -> tuple[list[Message], int]:
        """The messages with the configured system prompt before them where they have none, and how many were put
        there.
        """
        messages = list(conversation.messages)
        if self.system_prompt is None or (messages and messages[0].role == "system"):
            return messages, 0
        return [Message("system", self.system_prompt), *messages], 1

    def reply(self, conversation: Conversation, index: int, text: str, trained: bool) -> list[Part]:
        """An assistant message behind its header, with its stop token. `text` is how the family writes its content.

        Ids that the model sampled are taken as they are, if they spell the content in this tokenizer (those of another
        model's do not): nothing then depends on how a text is tokenised anew.
        """
        stop = Part(ids=self.stop_token_ids[:1], trained=trained)
        sampled = self.sampled(conversation, index)
        if sampled is None:
            return [Part(text, reply=True, trained=trained), stop]
        return [Part(ids=sampled, reply=True, trained=trained), stop]

    def sampled(self, conversation: Conversation, index: int) -> tuple[int, ...] | None:
        """The usable sampled ids of a message, without the special token that ended them.

        One inside is not to be learnt from.
        """
        ids = conversation.sampled.get(index)
        if ids is None:
            return None
        if ids and ids[-1] in self.encoder.special_ids:
            ids = ids[:-1]
        if not self.encoder.special_ids.isdisjoint(ids):
            return None
        spelled = self.encoder.decode(ids)
        return ids if spelled is not None and spelled.strip() == conversation.messages[index].content.strip() else None

    def _laid_out(self, conversation: Conversation) -> _Plan | RenderError:
        try:
            if not any(is_trained(message) for message in conversation.messages):
                raise RenderError(conversation.id, "none of its messages is trained")
            parts = self.layout(conversation)
            if any(self.encoder.holds_marker(part.text) for part in parts):
                raise RenderError(
                    conversation.id, "it holds the noncharacters U+FDD0 U+FDEF U+FDD0, which mark texts here"
                )
        except RenderError as error:
            return error
        except UserError as error:
            return RenderError(conversation.id, str(error))
        retokenised = sum(self.sampled(conversation, index) is None for index in conversation.sampled)
        return _Plan(conversation.id, _pieces(parts, self.encoder.puts_space), retokenised)


def is_trained(message: Message) -> bool:
    """Whether a message's content is a target: the assistant's, unless its flag says no."""
    return message.role == "assistant" and message.loss is not False


class _Piece(NamedTuple):
    """Parts that become tokens together: ids as they are, or one section of text."""

    parts: tuple[Part, ...]
    section: Section | None


class _Plan(NamedTuple):
    conversation: str
    pieces: list[_Piece]
    retokenised: int

    def sections(self) -> Iterable[Section]:
        return (piece.section for piece in self.pieces if piece.section is not None)


def _pieces(parts: Sequence[Part], whole: bool) -> list[_Piece]:
    """Neighbouring texts joined, but (unless `whole`) a reply by itself."""
    pieces: list[_Piece] = []
    for (is_ids, _), group in groupby(parts, key=lambda part: (bool(part.ids), part.reply and not whole)):
        members = tuple(group)
        text = "".join(part.text for part in members)
        pieces.append(_Piece(members, Section(text, not pieces, len(members) > 1) if not is_ids and text else None))
    return pieces


def _assembled(plan: _Plan, encoded: dict[Section, Encoded]) -> Rendered | RenderError:
    rendered = Rendered([], [], [], plan.retokenised)
    for piece in plan.pieces:
        if piece.section is None:
            for part in piece.parts:
                _put(rendered, part, part.ids)
            continue
        tokens = encoded[piece.section]
        start = begin = 0
        for i, part in enumerate(piece.parts):
            start += len(part.text)
            end = tokens.index_at(start) if i < len(piece.parts) - 1 else len(tokens.ids)
            if i < len(piece.parts) - 1 and piece.parts[i + 1].reply and tokens.lies_across(end, start):
                near = piece.section.text[max(0, start - 20) : start + 20]
                return RenderError(plan.conversation, "a token lies across the beginning of a reply", near)
            _put(rendered, part, tokens.ids[begin:end])
            begin = end
    return rendered


def _put(rendered: Rendered, part: Part, ids: Sequence[int]) -> None:
    rendered.token_ids.extend(ids)
    rendered.trained.extend([part.trained] * len(ids))
    if part.ends:
        rendered.message_ends.append(len(rendered.token_ids))
