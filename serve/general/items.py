"""Items of the general check: questions with four candidate replies, one of them right, drawn from a seed; and how they
are asked.

Nothing is read from a data set: what is right follows from arithmetic, from order, or from the small tables in `facts`.
The right replies stand at the four places equally often, so that who always takes the first scores a quarter.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from actors.program.user_error import UserError
from actors.records.trajectory import Message, digest

LETTERS = "ABCD"
PLACES = len(LETTERS)
_TRIES = 200  # of a family for a question that is not there yet: then it has no more


class Draft(NamedTuple):
    """A question and its four different answers, the right one first. A reply is the `lead` and an answer."""

    question: str
    answers: tuple[str, ...]
    lead: str = ""


class Item(NamedTuple):
    """`replies` are the four possible ones, what the model would have to say; `right` is the place of the right one."""

    id: str
    family: str
    question: str
    replies: tuple[str, ...]
    right: int


Generator = Callable[[random.Random], Draft]
Asked = Callable[
    [Draft, int], tuple[str, tuple[str, ...]]
]  # with the right answer's place: the question, the four replies


def drawn(
    kind: str, families: dict[str, Generator], asked: Asked, number: int, seed: int, taken: Collection[str]
) -> list[Item]:
    """`number` items of one kind with different questions, none of those `taken`; the families in turn, as long as they
    have some.

    The same seed draws the same items, and fewer are the first ones of more. Raises `UserError` if there are not that
    many.
    """
    source = random.Random(f"{kind} {seed}")
    items: list[Item] = []
    known, left, places = set(taken), list(families), list[int]()
    while len(items) < number:
        if not left:
            raise UserError(
                f"there are only {len(items)} different {kind} items with seed {seed}: ask for at most that many with"
                " --items"
            )
        family = left.pop(0)
        draft = _new(families[family], source, known)
        if draft is None:
            continue
        left.append(family)
        known.add(draft.question)
        places = places or source.sample(range(PLACES), PLACES)
        place = places.pop()
        question, replies = asked(draft, place)
        items.append(
            Item(
                id=f"{kind}/{digest(question, replies)}", family=family, question=question, replies=replies, right=place
            )
        )
    return items


def _new(draw: Generator, source: random.Random, known: Collection[str]) -> Draft | None:
    drafts = (draw(source) for _ in range(_TRIES))
    return next((draft for draft in drafts if draft.question not in known), None)


def in_words(draft: Draft, place: int) -> tuple[str, tuple[str, ...]]:
    """The question as it is; the replies are the answers, the right one at `place`."""
    return draft.question, tuple(draft.lead + answer for answer in placed(draft.answers, place))


def by_letter(draft: Draft, place: int) -> tuple[str, tuple[str, ...]]:
    """As MMLU asks: the answers stand in the question behind their letters, and the replies are the letters."""
    options = "\n".join(
        f"{letter}. {answer}" for letter, answer in zip(LETTERS, placed(draft.answers, place), strict=True)
    )
    return f"{draft.question}\n{options}", tuple(LETTERS)


def placed(answers: Sequence[str], place: int) -> tuple[str, ...]:
    """The wrong answers in their order, the first of `answers`, which is right, at `place`."""
    wrong = list(answers[1:])
    return (*wrong[:place], answers[0], *wrong[place:])


def conversation(examples: Sequence[tuple[str, str]], question: str, reply: str) -> tuple[Message, ...]:
    """The worked examples as turns of a chat, then the question; the reply to it alone is what is measured."""
    shown = [
        message for asked, said in examples for message in (Message("user", asked), Message("assistant", said, False))
    ]
    return (*shown, Message("user", question), Message("assistant", reply, True))
