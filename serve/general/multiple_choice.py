"""Multiple-choice items: plain facts and word knowledge with three wrong answers of the same kind.

Asked in one of two forms. `words`: the question alone, and the four answers are compared as replies, which a model of a
hundred million parameters can do. `letters`: as MMLU asks, the options in the question and a letter as the reply, which
needs a larger one (SmolLM2-135M says one letter to everything).
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Literal

from serve.general import facts
from serve.general.items import Draft, Generator, Item, by_letter, drawn, in_words

KIND = "multiple_choice"
Form = Literal["words", "letters"]
_SHOWN = (
    (Draft("What kind of thing is a hammer?", ("tool", "drink", "game", "bird")), 1),
    (Draft("What is the opposite of high?", ("low", "round", "green", "busy")), 3),
    (Draft("What is the capital of Turkey?", ("Ankara", "Brussels", "Seoul", "Bogota")), 0),
)


def generate(number: int, seed: int, form: Form = "words") -> list[Item]:
    """`number` items; the same for the same seed and form."""
    return drawn(KIND, FAMILIES, _ASKED[form], number, seed, {draft.question for draft, _ in _SHOWN})


def examples(form: Form = "words") -> list[tuple[str, str]]:
    """Worked examples: question and reply."""
    asked = [(_ASKED[form](draft, place), place) for draft, place in _SHOWN]
    return [(question, replies[place]) for (question, replies), place in asked]


def _largest(source: random.Random) -> Draft:
    numbers = source.sample(range(1, 100), 4)
    word, right = source.choice((("largest", max(numbers)), ("smallest", min(numbers))))
    question = f"Which of the numbers {numbers[0]}, {numbers[1]}, {numbers[2]} and {numbers[3]} is the {word}?"
    return Draft(question, tuple(map(str, (right, *(number for number in numbers if number != right)))))


def _kind(source: random.Random) -> Draft:
    kind, *others = source.sample(sorted(facts.CATEGORIES), 4)
    member = source.choice(facts.CATEGORIES[kind])
    return Draft(f"What kind of thing is {_a(member)}?", (kind, *others))


def _opposite(source: random.Random) -> Draft:
    chosen = source.sample(facts.OPPOSITES, 4)
    word, right = source.sample(chosen[0], 2)
    return Draft(f"What is the opposite of {word}?", (right, *(source.choice(pair) for pair in chosen[1:])))


def _neighbour(source: random.Random) -> Draft:
    names, what = source.choice(((facts.DAYS, "day"), (facts.MONTHS, "month")))
    at = source.randrange(len(names))
    step, word = source.choice(((1, "after"), (-1, "before")))
    right = names[(at + step) % len(names)]
    wrong = source.sample([name for name in names if name not in (right, names[at])], 3)
    return Draft(f"Which {what} comes directly {word} {names[at]}?", (right, *wrong))


def _capital(source: random.Random) -> Draft:
    return _looked_up(source, facts.CAPITALS, "What is the capital of {}?")


def _country(source: random.Random) -> Draft:
    return _looked_up(
        source, {city: country for country, city in facts.CAPITALS.items()}, "{} is the capital of which country?"
    )


def _colour(source: random.Random) -> Draft:
    return _looked_up(source, facts.COLOURS_OF_THINGS, "What colour is {}?")


def _young(source: random.Random) -> Draft:
    return _looked_up(source, facts.YOUNG, "What is the young of a {} called?")


def _past(source: random.Random) -> Draft:
    return _looked_up(source, facts.PAST, "What is the past tense of the verb {}?")


def _count(source: random.Random) -> Draft:
    return _looked_up(source, {asked: str(number) for asked, number in facts.COUNTS.items()}, "How many {}?")


def _looked_up(source: random.Random, table: Mapping[str, str], text: str) -> Draft:
    """An entry of a table; the wrong answers are what it says of others."""
    asked = source.choice(sorted(table))
    wrong: Sequence[str] = sorted(set(table.values()) - {table[asked]})
    return Draft(text.format(asked), (table[asked], *source.sample(wrong, 3)))


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


_ASKED = {"words": in_words, "letters": by_letter}
FAMILIES: dict[str, Generator] = {
    "largest": _largest,
    "kind": _kind,
    "opposite": _opposite,
    "neighbour": _neighbour,
    "capital": _capital,
    "country": _country,
    "colour": _colour,
    "young": _young,
    "past": _past,
    "count": _count,
}
