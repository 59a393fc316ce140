"""The rounds in which candidates are asked about (SPEC 2.3)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from environments.mind2web.candidates import NOTHING, Prediction, Rounds


def play(number: int, *choices: int | None) -> tuple[Rounds, int]:
    """The rounds over candidates `0…`, where each choice is a place among those asked; and the number of questions."""
    rounds, asked = Rounds(tuple(map(str, range(number)))), 0
    for choice in choices:
        assert not rounds.over
        rounds = rounds.answered(None if choice is None else Prediction(rounds.asked[choice], f"CLICK {asked}"))
        asked += 1
    return rounds, asked


def test_ten_candidates_take_two_questions_where_one_batch_has_none() -> None:
    rounds, _ = play(10, 2, None)
    assert rounds.over
    assert rounds.prediction == Prediction("2", "CLICK 0")


def test_ten_candidates_take_three_questions_where_both_batches_have_one() -> None:
    rounds, _ = play(10, 2, 1)
    assert not rounds.over
    assert rounds.asked == ("2", "6")
    assert rounds.answered(Prediction("6", "CLICK")).prediction == Prediction("6", "CLICK")


def test_with_one_candidate_nothing_is_asked_and_nothing_predicted() -> None:
    assert Rounds(("0",)).over
    assert Rounds(("0",)).prediction == NOTHING


def test_without_a_candidate_nothing_is_asked() -> None:
    assert Rounds(()).over
    assert Rounds(()).prediction == NOTHING


def test_a_candidate_left_alone_by_a_declined_batch_is_never_asked_about() -> None:
    rounds, _ = play(6, None)
    assert rounds.over
    assert rounds.queue == ("5",)
    assert rounds.prediction == NOTHING


def test_when_all_batches_are_declined_nothing_is_predicted() -> None:
    assert play(10, None, None)[0].prediction == NOTHING


def test_a_declined_last_question_empties_the_queue_and_forgets_what_was_chosen_before() -> None:
    rounds, _ = play(10, 2, 1, None)
    assert rounds.over
    assert rounds.chosen == Prediction("6", "CLICK 1")
    assert rounds.prediction == NOTHING


def test_the_action_that_counts_is_that_of_the_last_choice() -> None:
    assert play(10, 2, 1, 0)[0].prediction == Prediction("2", "CLICK 2")


@given(st.integers(0, 60), st.data())
def test_every_play_ends_after_a_question_for_each_candidate_at_most(number: int, data: st.DataObject) -> None:
    rounds, asked = Rounds(tuple(map(str, range(number)))), 0
    while not rounds.over:
        chosen = data.draw(st.sampled_from([None, *rounds.asked]))
        rounds, asked = rounds.answered(None if chosen is None else Prediction(chosen, "")), asked + 1
    assert asked <= max(number - 1, 0)
    assert len(rounds.queue) < 2
