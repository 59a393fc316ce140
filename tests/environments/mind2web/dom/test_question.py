"""A page and choices with letters."""

from __future__ import annotations

from environments.mind2web.dom.page import read_page
from environments.mind2web.dom.question import NONE, ask
from tests.environments.mind2web.small import buttons


def test_the_letters_follow_the_page_and_not_the_candidates() -> None:
    question = ask(read_page(buttons("12345")), ["4", "1", "3"])
    assert [choice.id for choice in question.choices] == ["1", "3", "4"]
    assert question.lines() == [
        "A. None of the above",
        "B. <button id=0> Say 1 </button>",
        "C. <button id=1> Say 3 </button>",
        "D. <button id=2> Say 4 </button>",
    ]


def test_a_choice_has_its_first_ten_words_and_the_numbers_of_the_page() -> None:
    question = ask(read_page(buttons("12")), ["list", "2"])
    assert [choice.text for choice in question.choices] == [
        "<ul id=0> <button> Say 1 </button> <button id=1> Say 2",
        "<button id=1> Say 2 </button>",
    ]


def test_nothing_stands_under_a_letter_beyond_the_choices() -> None:
    question = ask(read_page(buttons("12")), ["1", "2"])
    assert [question.chosen(letter) for letter in "ABCDEF"] == [None, "1", "2", None, None, None]
    assert [question.letter(id) for id in ("1", "2", "3")] == ["B", "C", NONE]


def test_an_element_that_the_page_has_twice_is_two_choices() -> None:
    html = '<p backend_node_id="0"><a backend_node_id="1"/><a backend_node_id="1"/></p>'
    assert [choice.id for choice in ask(read_page(html), ["1"]).choices] == ["1", "1"]


def test_a_candidate_that_the_page_has_not_got_is_no_choice() -> None:
    assert ask(read_page(buttons("12")), ["7"]).lines() == ["A. None of the above"]
