"""What a prediction earns (SPEC 2.3)."""

from __future__ import annotations

import pytest

from environments.mind2web.candidates import NOTHING, Prediction
from environments.mind2web.judge import operation_f1, score


@pytest.mark.parametrize(
    ("predicted", "recorded", "f1"),
    [
        ("CLICK ", "CLICK ", 1),
        ("", " ", 1),
        ("", "CLICK", 0),
        ("CLICK", "", 0),
        ("TYPE a b", "TYPE b a", 1),
        ("TYPE a a a", "TYPE a", 1),
        ("TYPE a", "TYPE b", 0.5),
        ("CLICK", "TYPE a", 0),
        ("CLICK twice", "CLICK", 2 / 3),
        ("TYPE Boston", "TYPE boston", 0.5),
    ],
)
def test_operation_f1_is_of_sets_of_words(predicted: str, recorded: str, f1: float) -> None:
    assert operation_f1(predicted, recorded) == pytest.approx(f1)


def test_a_click_with_a_value_is_no_success() -> None:
    found = score(Prediction("1", "CLICK twice"), ["1"], "CLICK ")
    assert (found.element, found.success) == (True, False)


def test_the_reward_is_the_mean_and_a_wrong_element_is_below_two_thirds() -> None:
    assert score(Prediction("1", "CLICK "), ["1", "2"], "CLICK ").reward == 1
    assert score(Prediction("3", "CLICK "), ["1"], "CLICK ").reward == 0.5
    assert score(Prediction("1", "TYPE a b c"), ["1"], "TYPE a b d").reward >= 2 / 3


def test_nothing_predicted_and_nothing_to_predict_count_0() -> None:
    assert score(NOTHING, ["1"], " ").reward == 0
    assert score(Prediction("1", "CLICK "), [], "CLICK ").reward == 0
    assert score(NOTHING, [""], " ").reward == 0
