"""Conversations as the trainer sees them, and how their tokens are shown on a terminal or in a pipe."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.text import Text

from train.data import sources
from train.preview.shown_tokens import Shown, marked, shown_tokens
from train.renderers import Rendered, Renderer, RenderError, documents
from train.renderers.conversation import Conversation
from train.renderers.per_reply import Rewritten
from train.settings import Source

TRAINED, MASKED, SPECIAL = "green", "bright_black", "magenta"


class Seen(NamedTuple):
    """One conversation with its tokens."""

    side: sources.Side
    conversation: Conversation
    rendered: Rendered
    tokens: list[Shown]

    @property
    def title(self) -> str:
        tokens, trained = len(self.rendered.token_ids), sum(self.rendered.trained)
        counts = f"{tokens:,} tokens, {trained:,} trained ({share(trained, tokens)})"
        return f"{self.conversation.id}  {self.side}, {self.conversation.label}: {counts}"


class Row(NamedTuple):
    """The sums of one label."""

    side: str
    label: str
    conversations: int = 0
    tokens: int = 0
    trained: int = 0


class Report(NamedTuple):
    """What a preview found: the conversations, and of each source what was left out or changed."""

    seen: list[Seen]
    skipped: dict[str, Counter[str]]
    noted: dict[str, Counter[str]]

    def rows(self) -> list[Row]:
        """One for each side and label, in the order in which they came."""
        found: dict[tuple[str, str], Row] = {}
        for seen in self.seen:
            key = (seen.side, seen.conversation.label)
            row = found.get(key, Row(*key))
            tokens, trained = row.tokens + len(seen.rendered.token_ids), row.trained + sum(seen.rendered.trained)
            found[key] = row._replace(conversations=row.conversations + 1, tokens=tokens, trained=trained)
        return list(found.values())

    def remarks(self) -> Iterator[str]:
        """What was left out and what was changed, a line each."""
        for path in self.skipped:
            for word, counted in (("left out", self.skipped[path]), ("changed", self.noted[path])):
                for reason, count in counted.most_common():
                    if count:
                        yield f"{path}: {word}: {count} × {reason}"


def look(
    chosen: Sequence[tuple[sources.Side, Source]], renderer: Renderer, limit: int, rewritten: Rewritten = "drop"
) -> Report:
    """The first `limit` conversations of each source, rendered."""
    report = Report([], {}, {})
    for side, source in chosen:
        reader = sources.read(source.model_copy(update={"limit": min(limit, source.limit or limit)}), side)
        conversations = list(reader)
        skipped = report.skipped.setdefault(source.path, Counter())
        for conversation, result in documents(renderer, conversations, rewritten):
            if isinstance(result, RenderError):
                skipped[result.reason] += 1
            else:
                report.seen.append(Seen(side, conversation, result, list(shown_tokens(renderer, result))))
        skipped.update(reader.skipped)
        report.noted.setdefault(source.path, Counter()).update(reader.noted)
    return report


def coloured(tokens: Sequence[Shown]) -> Text:
    """For a terminal with colours; nothing in it can act on the terminal."""
    text = Text()
    for i, token in enumerate(tokens):
        style = TRAINED if token.trained else MASKED
        style = f"{style} reverse" if token.special and token.trained else SPECIAL if token.special else style
        text.append(marked(token.text), style=f"{style} underline" if i % 2 and not token.special else style)
    return text


def plain(tokens: Sequence[Shown]) -> str:
    """Without colours: │ between tokens, ⟦ ⟧ around trained ones."""
    out, trained = "", False
    for i, token in enumerate(tokens):
        if token.trained != trained:
            out += "⟦" if token.trained else "⟧"
        elif i:
            out += "│"
        trained = token.trained
        out += marked(token.text)
    return out + "⟧" * trained


def share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"
