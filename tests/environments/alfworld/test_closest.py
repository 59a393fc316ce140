"""The command that an action is most like, by AgentBench's measure."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

closest = pytest.importorskip("environments.alfworld.closest", reason="nltk is not installed: run .ci/install-alfworld")

COMMANDS = ["close fridge 1", "go to cabinet 1", "go to fridge 1", "look", "put apple 1 in/on fridge 1"]


def pieces(words: list[str], length: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[start : start + length]) for start in range(len(words) - length + 1))


def bleu(action: str, command: str) -> float:
    """Sentence BLEU of four lengths; the n-th length without a match counts as ln(words) / (5 · 2^n)."""
    said, meant = action.split(), command.split()
    if not (pieces(said, 1) & pieces(meant, 1)):
        return 0.0
    logs, missing = 0.0, 0
    for length in range(1, 5):
        matches = (pieces(said, length) & pieces(meant, length)).total()
        count = max(1, pieces(said, length).total())
        if not matches and len(said) > 1:
            missing += 1
            logs += math.log(math.log(len(said)) / (5 * 2**missing) / count)
        elif matches:
            logs += math.log(matches / count)
        else:
            return 0.0
    short = min(0.0, 1 - len(meant) / len(said))
    return math.exp(logs / 4 + short)


WORDS = st.lists(st.sampled_from(["go", "to", "the", "fridge", "cabinet", "1", "2", "look"]), min_size=2, max_size=12)


@given(WORDS, WORDS)
def test_the_measure_is_bleu_with_the_fourth_smoothing(said: list[str], meant: list[str]) -> None:
    action, command = " ".join(said), " ".join(meant)
    assert closest.likeness(action, command) == pytest.approx(bleu(action, command), rel=1e-9)


@pytest.mark.parametrize(
    ("action", "command"),
    [
        ("go to fridge 1", "go to fridge 1"),
        ("go to the fridge 1", "go to fridge 1"),
        ("i open the cabinet 1", "go to cabinet 1"),
        ("put the apple 1 on the fridge 1", "put apple 1 in/on fridge 1"),
        ("sesame", "sesame"),
        ("", ""),
    ],
)
def test_a_near_miss_means_a_command(action: str, command: str) -> None:
    assert closest.closest(action, COMMANDS) == command


def test_the_first_of_equals_is_meant() -> None:
    assert closest.closest("go to drawer 1", ["go to drawer 3", "go to drawer 2"]) == "go to drawer 3"
    assert closest.closest("look", []) == "look"
