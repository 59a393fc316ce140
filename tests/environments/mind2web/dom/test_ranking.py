"""BM25 over what elements say."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.mind2web.dom.page import read_page
from environments.mind2web.dom.ranking import bm25, ranked, words
from tests.environments.mind2web.small import BUTTONS, buttons

PAGE = (
    '<html backend_node_id="0"><div backend_node_id="1"><text>Search for flights to Boston</text></div>'
    '<a backend_node_id="2"><text>Hotels</text></a><button backend_node_id="3" title="search flights"/>'
    '<a backend_node_id="4"><span backend_node_id="5"><text>Flights</text></span></a></html>'
)


def test_what_says_more_of_the_task_comes_first() -> None:
    assert ranked(read_page(PAGE), ["2", "3", "4"], "Search for flights") == ["3", "4", "2"]


def test_what_can_be_acted_on_or_lies_in_it_comes_before_what_only_holds() -> None:
    assert ranked(read_page(PAGE), ["1", "2", "5"], "Search for flights to Boston") == ["5", "2", "1"]


def test_of_equal_ones_that_which_the_page_has_first() -> None:
    assert ranked(read_page(buttons("abc")), ["c", "a", "b"], "nothing of it") == ["a", "b", "c"]


def test_who_is_not_on_the_page_has_no_place() -> None:
    assert ranked(read_page(buttons("ab")), ["x", "b"], "") == ["b"]


def test_a_rare_word_counts_more_and_a_long_document_less() -> None:
    documents = [Counter(words(text)) for text in ("a b", "a c", "a c d e f", "")]
    b, c, long, empty = bm25(documents, ["b", "c"])
    assert b > c > long > empty == 0


@pytest.mark.parametrize("documents", [[], [Counter[str]()]])
def test_nothing_said_is_no_fault(documents: list[Counter[str]]) -> None:
    assert bm25(documents, ["a"]) == [0.0] * len(documents)


@given(st.text(), st.sets(st.sampled_from(BUTTONS)))
def test_every_candidate_has_one_place(query: str, candidates: set[str]) -> None:
    assert set(found := ranked(read_page(buttons()), candidates, query)) == candidates
    assert len(found) == len(candidates)
