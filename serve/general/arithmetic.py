"""Arithmetic items: sums, differences and products of small numbers, bare and in a story. The four candidates are
numbers of equally many digits, so that none is likelier for being shorter; the wrong ones are what one gets by a
slip."""

from __future__ import annotations

import random
from collections.abc import Sequence
from operator import add, mul, sub

from serve.general.items import Draft, Generator, Item, drawn, in_words

KIND = "arithmetic"
EXAMPLES = (
    ("What is 4 + 3?", "4 + 3 = 7"),
    ("What is 30 - 10?", "30 - 10 = 20"),
    ("Ben has 5 bags with 3 nuts in each. How many nuts does he have?", "The answer is 15"),
)
_SUMS = ("What is {a} + {b}?", "Calculate {a} + {b}.", "What is {a} plus {b}?", "Add {a} and {b}.")
_DIFFERENCES = ("What is {a} - {b}?", "Calculate {a} - {b}.", "What is {a} minus {b}?", "Subtract {b} from {a}.")
_PRODUCTS = ("What is {a} x {b}?", "Calculate {a} x {b}.", "What is {a} times {b}?", "Multiply {a} by {b}.")
_NAMES = ("Anna", "Tom", "Maria", "Sam", "Lena", "Peter", "Nina", "Paul")
_THINGS = ("apples", "books", "coins", "pencils", "stamps", "marbles", "cards", "cookies")
_GAINS = (
    "{name} has {a} {things} and gets {b} more. How many {things} does {name} have now?",
    "There are {a} {things} on the table. {name} puts {b} more there. How many {things} are on the table?",
)
_LOSSES = (
    "{name} has {a} {things} and gives {b} of them away. How many {things} does {name} have left?",
    "There were {a} {things} in the box. {name} took {b} of them. How many {things} are still in the box?",
)
_GROUPS = (
    "{name} has {a} boxes with {b} {things} in each. How many {things} does {name} have?",
    "{name} buys {b} {things} every day. How many {things} does {name} buy in {a} days?",
)
_NEAR = (-5, -3, -2, -1, 1, 2, 3, 5)
_SLIPS = 2  # of the three wrong candidates; the others are near the right one


def generate(number: int, seed: int) -> list[Item]:
    """`number` items; the same for the same seed."""
    return drawn(KIND, FAMILIES, in_words, number, seed, {question for question, _ in EXAMPLES})


def _small_sum(source: random.Random) -> Draft:
    return _sum(source, source.randint(1, 9), source.randint(1, 9))


def _mixed_sum(source: random.Random) -> Draft:
    return _sum(source, source.randint(10, 89), source.randint(2, 9))


def _large_sum(source: random.Random) -> Draft:
    return _sum(source, source.randint(10, 60), source.randint(10, 39))


def _sum(source: random.Random, a: int, b: int) -> Draft:
    return _draft(
        source, source.choice(_SUMS).format(a=a, b=b), f"{a} + {b} = ", a + b, (a - b, a + b + 10, a + b - 10)
    )


def _difference(source: random.Random) -> Draft:
    a = source.randint(5, 30)
    b = source.randint(1, a - 1)
    return _draft(source, source.choice(_DIFFERENCES).format(a=a, b=b), f"{a} - {b} = ", a - b, (a + b, b, a - b + 10))


def _product(source: random.Random) -> Draft:
    a, b = source.randint(2, 10), source.randint(2, 10)
    slips = (a + b, a * (b + 1), a * (b - 1), (a + 1) * b)
    return _draft(source, source.choice(_PRODUCTS).format(a=a, b=b), f"{a} x {b} = ", a * b, slips)


def _story(source: random.Random) -> Draft:
    texts, operation = source.choice(((_GAINS, add), (_LOSSES, sub), (_GROUPS, mul)))
    b = source.randint(2, 6)
    a = source.randint(2, 6) if operation is mul else b + source.randint(2, 12)
    question = source.choice(texts).format(a=a, b=b, name=source.choice(_NAMES), things=source.choice(_THINGS))
    return _draft(source, question, "The answer is ", operation(a, b), (a + b, a - b, a * b, a))


def _draft(source: random.Random, question: str, lead: str, right: int, slips: Sequence[int]) -> Draft:
    """With some wrong answers from `slips`, as far as they are other numbers of as many digits."""

    def possible(numbers: Sequence[int]) -> list[int]:
        fitting = [
            number for number in numbers if number >= 0 and number != right and len(str(number)) == len(str(right))
        ]
        return source.sample(fitting, len(fitting))

    near = possible([right + step for step in _NEAR])
    wrong = list(dict.fromkeys([*possible(sorted(set(slips)))[:_SLIPS], *near]))[:3]
    return Draft(question, tuple(map(str, (right, *wrong))), lead)


FAMILIES: dict[str, Generator] = {
    "small sum": _small_sum,
    "mixed sum": _mixed_sum,
    "large sum": _large_sum,
    "difference": _difference,
    "product": _product,
    "story": _story,
}
