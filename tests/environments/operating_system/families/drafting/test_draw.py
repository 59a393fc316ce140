"""The two sides of the split: what training draws, evaluation never does, and the other way round."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.contract import Task
from environments.operating_system.families.drafting import words
from environments.operating_system.families.drafting.draw import Draw, Words
from environments.operating_system.generate import families, generate
from environments.operating_system.payload import payload_of

POOLS = {name: pool for name, pool in vars(words).items() if isinstance(pool, Words)}
DRAWN = {side: {word for pool in POOLS.values() for word in getattr(pool, side)} for side in Words._fields}
INSTANCES = 30


def tasks(split: str, family: str) -> list[Task]:
    return list(generate(INSTANCES, 41, split, [family]))


def template(task: Task) -> str:
    """A task's wording without what was drawn for it: paths, numbers, quoted and capitalized words, and every word of
    the lists.
    """
    text = re.sub(r"'[^']*'|[\w.*-]*[/\d_*.][\w./*-]*\w|\*", " ", task.payload["description"])
    return " ".join(
        word for word in re.findall(r"[A-Za-z]+", text) if word not in DRAWN["training"] | DRAWN["evaluation"]
    )


def path_words(task: Task) -> Iterator[str]:
    """The words that the names of its files and directories are made of."""
    payload = payload_of(task)
    for script in [payload.description, *(script.code for script in payload.init)]:
        for path in re.findall(r"/[\w./-]+", script):
            yield from re.findall(r"[a-z]+", path)


@pytest.mark.parametrize("name", POOLS)
def test_the_halves_of_a_vocabulary_have_nothing_in_common(name: str) -> None:
    pool = POOLS[name]
    assert not set(pool.training) & set(pool.evaluation)
    assert len(set(pool.training)) == len(pool.training)
    assert len(set(pool.evaluation)) == len(pool.evaluation)


@given(st.lists(st.text(), min_size=2, max_size=12, unique=True), st.integers())
def test_training_never_says_what_is_kept_for_evaluation(wordings: list[str], seed: int) -> None:
    said = {side: {Draw(f"{seed}/{n}", training=side).wording(wordings) for n in range(30)} for side in (True, False)}
    assert not said[True] & said[False]
    assert wordings[-1] in said[False] if len(wordings) < 6 else said[False] <= set(wordings[-(len(wordings) // 3) :])


@pytest.mark.parametrize("family", families())
def test_no_wording_of_a_task_is_on_both_sides(family: str) -> None:
    training, evaluation = ({template(task) for task in tasks(split, family)} for split in ("train", "test"))
    assert training
    assert evaluation
    assert not training & evaluation


@pytest.mark.parametrize("family", families())
def test_no_file_is_named_by_a_word_of_the_other_side(family: str) -> None:
    for split, other in (("train", words.NOUNS.evaluation), ("test", words.NOUNS.training)):
        assert not {word for task in tasks(split, family) for word in path_words(task)} & set(other)


def test_every_split_but_train_draws_from_the_evaluation_side() -> None:
    for task in generate(len(families()), 1, "dev"):
        assert not set(path_words(task)) & set(words.NOUNS.training)
