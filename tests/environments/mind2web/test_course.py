"""Rounds, steps and tasks as they are played: which question comes, and what the predictions earn."""

from __future__ import annotations

from collections.abc import Sequence

from environments.mind2web.course import Course, reachable
from environments.mind2web.grammar import Answer
from environments.mind2web.judge import FAILED, StepScore
from environments.mind2web.payload import Payload
from tests.environments.mind2web.small import payload, step

RIGHT = StepScore(True, 1.0)
NONE = Answer("A", " ")
UNREAD = Answer("", " ")


def played(of: Payload, *answers: str | Answer) -> Course:
    """The course after answers: a candidate's id (it is clicked), or what was answered."""
    course = Course.begin(of)
    for answer in answers:
        said = answer if isinstance(answer, Answer) else Answer(course.question.letter(answer), "CLICK ")
        course = course.answered(said)
    return course


def scores(of: Payload, *answers: str | Answer) -> Sequence[StepScore]:
    course = played(of, *answers)
    assert course.over
    return course.scores()


def test_a_step_is_right_when_its_last_choice_is() -> None:
    assert scores(payload(), "3", NONE) == [RIGHT]
    assert scores(payload(), "3", "8", "3") == [RIGHT]
    assert scores(payload(), "3", "8", "8") == [StepScore(False, 1.0)]


def test_a_step_in_which_everything_is_declined_is_nothing() -> None:
    assert scores(payload(), NONE, NONE) == [FAILED]
    assert scores(payload(), "3", "8", NONE) == [FAILED]


def test_a_reply_without_a_letter_or_with_one_beyond_the_choices_declines() -> None:
    assert scores(payload(), "3", UNREAD) == [RIGHT]
    assert scores(payload(step(candidates="3456")), Answer("F", "CLICK ")) == [FAILED]


def test_a_step_without_a_right_candidate_is_over_after_one_reply_and_counts_0() -> None:
    assert scores(payload(step(positives=())), "3") == [FAILED]
    assert scores(payload(step(candidates="3")), "3") == [FAILED]
    assert scores(payload(step(candidates="", positives=())), NONE) == [FAILED]


def test_a_round_is_one_question_about_all_its_candidates() -> None:
    of = payload(step(candidates="34567"), mode="round")
    assert Course.begin(of).asked == tuple("34567")
    assert scores(of, "3") == [RIGHT]
    assert scores(of, "4") == [StepScore(False, 1.0)]
    assert scores(of, NONE) == [FAILED]


def test_a_round_without_a_right_candidate_is_right_when_it_is_declined_in_so_many_words() -> None:
    of = payload(step(candidates="45678", positives=()), mode="round")
    assert scores(of, NONE) == [RIGHT]
    assert scores(of, UNREAD) == [FAILED]
    assert scores(of, Answer("Z", " ")) == [FAILED]
    assert scores(of, "4") == [FAILED]


def test_no_element_can_pass_for_none_of_the_above() -> None:
    assert scores(payload(step(candidates="34567", positives=("A",)), mode="round"), NONE) == [FAILED]


def test_a_task_goes_on_with_what_the_agent_did_right_or_wrong() -> None:
    of = payload(step(candidates="34"), step(candidates="56", positives=("6",)), mode="task")
    second = played(of, "4")
    assert second.done == ("[button]  Say 4 -> CLICK",)
    assert second.asked == ("5", "6")
    assert scores(of, "4", "6") == [StepScore(False, 1.0), RIGHT]


def test_a_task_tells_what_was_typed_and_nothing_of_a_step_in_which_nothing_was_done() -> None:
    of = payload(*(step(candidates="34"),) * 3, mode="task")
    assert played(of, Answer("B", "TYPE two words"), NONE).done == ("[button]  Say 3 -> TYPE: two words",)


def test_a_task_passes_by_steps_that_nobody_can_answer() -> None:
    lost = step(positives=())
    of = payload(lost, step(candidates="34"), lost, step(candidates="43"), lost, mode="task")
    assert Course.begin(of).asked == ("3", "4")
    assert scores(of, "3", "3") == [FAILED, RIGHT, FAILED, RIGHT, FAILED]
    assert reachable(of) == [False, True, False, True, False]


def test_a_task_of_such_steps_alone_is_over_after_one_reply() -> None:
    assert scores(payload(*(step(positives=()),) * 2, mode="task"), NONE) == [FAILED, FAILED]


def test_a_broken_off_course_has_0_for_what_was_not_reached() -> None:
    of = payload(step(candidates="34"), step(), mode="task")
    assert played(of, "3", "3").scores() == [RIGHT, FAILED]
    assert Course.begin(payload(mode="round")).scores() == [FAILED]
    assert Course.begin(payload(step(positives=()), mode="round")).scores() == [FAILED]


def test_somebody_can_always_be_right_about_a_round() -> None:
    assert reachable(payload(step(positives=()), mode="round")) == [True]
