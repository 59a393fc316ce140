"""A rendered conversation token by token, as text that can be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from actors.program.terminal import visible
from train.renderers import Rendered, Renderer

_LONGEST_GROUP = 8  # tokens that share one character: bytes of its UTF-8


class Shown(NamedTuple):
    """The text of a token, or of the few that spell one character together."""

    text: str
    ids: tuple[int, ...]
    trained: bool
    special: bool


def shown_tokens(renderer: Renderer, rendered: Rendered) -> Iterator[Shown]:
    """All tokens in order; tokens are grouped only where one alone is no whole character, and never across the mask."""
    specials = {index: name for name, index in renderer.encoder.specials.items()}
    spell = _Speller(renderer)
    ids, trained = rendered.token_ids, rendered.trained
    at = 0
    while at < len(ids):
        if ids[at] in specials:
            yield Shown(specials[ids[at]], (ids[at],), trained[at], True)
            at += 1
            continue
        end = at + 1
        while (
            "\ufffd" in spell(ids[at:end]) and end < min(len(ids), at + _LONGEST_GROUP) and trained[end] == trained[at]
        ):
            if ids[end] in specials:
                break
            end += 1
        if "\ufffd" in spell(ids[at:end]):
            end = at + 1  # no character at all: show the one token for what it is
        yield Shown(spell(ids[at:end]), tuple(ids[at:end]), trained[at], False)
        at = end


def marked(text: str) -> str:
    """Safe to show: newlines are seen and kept, other control characters are escapes."""
    return visible(text.replace("\r\n", "\\r\n")).replace("\n", "⏎\n")


class _Speller:
    """What tokens are in the middle of a text: some decoders take the space from a text's first token."""

    def __init__(self, renderer: Renderer) -> None:
        self._encoder = renderer.encoder
        self._anchor = renderer.encoder.template_ids("a")
        self._skipped = len(self._encoder.decode(self._anchor) or "")

    def __call__(self, ids: list[int]) -> str:
        return (self._encoder.decode([*self._anchor, *ids]) or "")[self._skipped :]
