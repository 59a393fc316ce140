"""One question to the agent: a page cut down to a few candidates, and these as choices with letters."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from environments.mind2web.dom.page import ID, TEXT, Element
from environments.mind2web.dom.pruning import pruned
from environments.mind2web.dom.rendering import numbers, render

LIMIT_CHOICE_WORDS = 10
NONE = "A"
FIRST = "B"


class Choice(NamedTuple):
    """An element that can be chosen: its id, and the first words of how it reads."""

    id: str
    text: str


class Question(NamedTuple):
    """What is asked. The choices stand in the page's order, whatever order the candidates came in."""

    page: str
    choices: tuple[Choice, ...]

    @classmethod
    def of_texts(cls, page: str, choices: Iterable[str]) -> Question:
        """A question that is only to be read."""
        return cls(page, tuple(Choice("", text) for text in choices))

    def chosen(self, letter: str) -> str | None:
        """The id under a letter; None for "none of the above", and for a letter that nothing stands under."""
        number = ord(letter) - ord(FIRST)
        return self.choices[number].id if 0 <= number < len(self.choices) else None

    def letter(self, id: str) -> str:
        """The letter of the first choice with this id; that of "none of the above" where there is none."""
        ids = [choice.id for choice in self.choices]
        return chr(ord(FIRST) + ids.index(id)) if id in ids else NONE

    def lines(self) -> list[str]:
        """The choices as the agent reads them."""
        shown = ["None of the above", *(choice.text for choice in self.choices)]
        return [f"{chr(ord(NONE) + number)}. {text}" for number, text in enumerate(shown)]


def ask(page: Element, candidates: Collection[str]) -> Question:
    """The question about `candidates`; one that is not on the page is no choice."""
    left = pruned(page, candidates)
    numbered = numbers(left)
    chosen = [element for element in left.iter("*") if element.tag != TEXT and ID in element.attrib]
    choices = [
        Choice(element.attrib[ID], " ".join(render(element, numbered).split()[:LIMIT_CHOICE_WORDS]))
        for element in chosen
    ]
    return Question(render(left, numbered), tuple(choices))
