"""The items of the general check: true by an independent computation, four different answers, balanced, the same from
the same seed.
"""

from __future__ import annotations

import calendar
import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.program.user_error import UserError
from serve.general import arithmetic, facts, multiple_choice
from serve.general.items import LETTERS, Item

SEEDS = st.integers(0, 10_000)
# What each wording asks for, told by words that the generator does not look at.
_STORY = (
    ("gets", "more", "+"),
    ("gives", "away", "-"),
    ("puts", "more", "+"),
    ("took", "still", "-"),
    ("boxes", "each", "*"),
    ("buys", "every", "*"),
)


def solved(question: str) -> int:
    """What an arithmetic question asks, read from its text."""
    first, second = map(int, re.findall(r"\d+", question))
    if question.startswith("Subtract"):
        return second - first
    signs = {"+": "+", "plus": "+", "Add": "+", "-": "-", "minus": "-", "x": "*", "times": "*", "Multiply": "*"}
    found = {sign for word, sign in signs.items() if word in question.split()}
    found |= {sign for one, other, sign in _STORY if one in question.split() and other in re.findall(r"\w+", question)}
    (sign,) = found
    return {"+": first + second, "-": first - second, "*": first * second}[sign]


def answer(item: Item) -> str:
    return item.replies[item.right]


@settings(deadline=None, max_examples=25)
@given(SEEDS)
def test_arithmetic_is_right_and_no_wrong_candidate_is(seed: int) -> None:
    for item in arithmetic.generate(60, seed):
        values = [int(reply.split()[-1]) for reply in item.replies]
        assert [value == solved(item.question) for value in values] == [place == item.right for place in range(4)], item
        assert len({len(str(value)) for value in values}) == 1, item


def test_the_beginning_of_a_reply_says_the_question_s_sum() -> None:
    for item in arithmetic.generate(200, 1):
        if " = " in answer(item):
            left, _, right = answer(item).partition(" = ")
            assert eval(left.replace("x", "*")) == int(right) == solved(item.question)


def test_every_worked_example_is_right() -> None:
    assert all(
        int(reply.split()[-1]) == expected
        for (_, reply), expected in zip(arithmetic.EXAMPLES, (7, 20, 15), strict=True)
    )
    assert [reply for _, reply in multiple_choice.examples()] == ["tool", "low", "Ankara"]
    for (question, letter), (_, word) in zip(
        multiple_choice.examples("letters"), multiple_choice.examples(), strict=True
    ):
        assert f"\n{letter}. {word}" in question


@settings(deadline=None, max_examples=15)
@given(SEEDS)
def test_exactly_one_choice_is_right(seed: int) -> None:
    for item in multiple_choice.generate(80, seed):
        right = [reply for reply in item.replies if holds(item.family, item.question, reply)]
        assert right == [answer(item)], item


def holds(family: str, question: str, reply: str) -> bool:
    """Whether a reply is right, from the question's text."""
    if family == "largest":
        numbers = [int(number) for number in re.findall(r"\d+", question)]
        return int(reply) == (max(numbers) if "largest" in question else min(numbers))
    if family == "neighbour":
        names = list(calendar.day_name) if " day " in question else list(calendar.month_name)[1:]
        step = 1 if " after " in question else -1
        return names.index(reply) == (names.index(question.rstrip("?").split()[-1]) + step) % len(names)
    if family == "kind":
        return question.rstrip("?").split(" is ")[1].split(" ", 1)[1] in facts.CATEGORIES[reply]
    if family == "opposite":
        word = question.rstrip("?").split()[-1]
        return (word, reply) in facts.OPPOSITES or (reply, word) in facts.OPPOSITES
    if family == "country":
        return facts.CAPITALS[reply] == question.removesuffix(" is the capital of which country?")
    tables = (facts.CAPITALS, facts.COLOURS_OF_THINGS, facts.YOUNG, facts.PAST, facts.COUNTS)
    texts = (
        "What is the capital of {}?",
        "What colour is {}?",
        "What is the young of a {} called?",
        "What is the past tense of the verb {}?",
    )
    said = {
        text.format(key): str(value)
        for text, table in zip((*texts, "How many {}?"), tables, strict=True)
        for key, value in table.items()  # type: ignore[attr-defined]
    }
    return said[question] == reply


def test_no_word_of_the_tables_has_two_meanings() -> None:
    words = [word for group in facts.CATEGORIES.values() for word in group]
    assert len(words) == len(set(words))
    opposites = [word for pair in facts.OPPOSITES for word in pair]
    assert len(opposites) == len(set(opposites))
    assert len(set(facts.CAPITALS.values())) == len(facts.CAPITALS)


@pytest.mark.parametrize("form", ["words", "letters"])
def test_items_are_different_balanced_and_from_the_seed(form: multiple_choice.Form) -> None:
    for items, again, other in (
        (arithmetic.generate(200, 3), arithmetic.generate(200, 3), arithmetic.generate(200, 4)),
        tuple(multiple_choice.generate(200, seed, form) for seed in (3, 3, 4)),
    ):
        assert items == again != other
        assert len({item.id for item in items}) == len({item.question for item in items}) == 200
        assert all(len(set(item.replies)) == 4 for item in items)
        assert set(Counter(item.right for item in items).values()) == {50}


def test_fewer_items_are_the_first_of_more() -> None:
    assert arithmetic.generate(30, 5) == arithmetic.generate(60, 5)[:30]
    assert multiple_choice.generate(30, 5) == multiple_choice.generate(60, 5)[:30]


def test_letters_stand_before_the_same_options() -> None:
    for words, letters in zip(multiple_choice.generate(40, 2), multiple_choice.generate(40, 2, "letters"), strict=True):
        options = "\n".join(f"{letter}. {reply}" for letter, reply in zip(LETTERS, words.replies, strict=True))
        assert letters.question == f"{words.question}\n{options}"
        assert letters.replies == tuple(LETTERS)
        assert letters.right == words.right


def test_no_item_is_a_worked_example() -> None:
    shown = {question for question, _ in (*arithmetic.EXAMPLES, *multiple_choice.examples())}
    items = [*arithmetic.generate(400, 0), *multiple_choice.generate(250, 0)]
    assert not shown & {item.question for item in items}


def test_more_items_than_there_are_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(multiple_choice.FAMILIES, "largest")  # the only one of choice without an end
    with pytest.raises(UserError, match=r"there are only \d+ different multiple_choice items .* --items"):
        multiple_choice.generate(2000, 0)
