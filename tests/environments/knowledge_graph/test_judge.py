"""F1, exact match and executability."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.knowledge_graph.judge import canonical, judge

SETS = st.sets(st.sampled_from([f"m.0{letter}" for letter in "abcdefgh"]))


@pytest.mark.parametrize(
    ("predicted", "gold", "f1", "exact", "executable"),
    [
        (["m.0a"], ["m.0a"], 1.0, True, True),
        (["m.0a", "m.0b"], ["m.0a"], 2 / 3, False, True),
        (["m.0a"], ["m.0a", "m.0b", "m.0c"], 0.5, False, True),
        (["m.0x"], ["m.0a"], 0.0, False, True),
        ([], ["m.0a"], 0.0, False, False),
        ([], [], 0.0, False, False),
        (["3"], ["3.0"], 1.0, True, True),
    ],
)
def test_known_cases(predicted: list[str], gold: list[str], f1: float, exact: bool, executable: bool) -> None:
    assert judge(predicted, gold) == (pytest.approx(f1), exact, executable)


@given(SETS, SETS)
def test_f1_is_the_harmonic_mean_of_precision_and_recall(predicted: set[str], gold: set[str]) -> None:
    verdict = judge(predicted, gold)
    hits = len(predicted & gold)
    precision, recall = (hits / len(predicted), hits / len(gold)) if hits else (0.0, 0.0)
    assert verdict.f1 == pytest.approx(2 * precision * recall / (precision + recall) if hits else 0.0)
    assert verdict.exact_match == (bool(gold) and predicted == gold) == (verdict.f1 == 1.0)


@pytest.mark.parametrize(
    "spellings", [["1500000000", "1.5e+09", "1.5E9", "1500000000.0"], ["3.5", "3.50"], ["0", "0.0", "-0"], ["250000"]]
)
def test_a_number_has_one_spelling(spellings: list[str]) -> None:
    assert len({canonical(text) for text in spellings}) == 1


@given(st.text() | st.from_regex(r"[+-]?[0-9.eE_-]{1,30}"))
def test_any_text_has_a_spelling(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)


def test_dates_ids_and_years_stay_as_they_are() -> None:
    for text in ("1990-05-03", "m.0255t_", "-044", "1990-05", "NaN", "Infinity", "1e999999999"):
        assert canonical(text) in (text, "-44")
