"""What a reply means, checked against the original's own expressions."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.webshop.grammar import find_action, parse, render_reply, render_turn

PIECES = st.sampled_from(
    ["Action:", "action:", " ", "\n", "search[", "click[", "]", "[", "x", "Buy Now", "é", "\0", "\ud800", "\u2028"]
)
REPLIES = st.lists(PIECES, max_size=24).map("".join)
OLD = r"[Aa]ction: *\n *((search|click)\[.+?])"
AB02 = r"[Aa]ction: *\n* *((search|click)\[.+?])"


@pytest.mark.parametrize(("harness", "expression"), [("old", OLD), ("ab02", AB02)])
@given(reply=REPLIES | st.text())
def test_the_action_is_the_one_that_the_original_finds(harness: str, expression: str, reply: str) -> None:
    found = re.search(expression, reply.encode("utf-8", "replace").decode())
    assert find_action(reply, harness) == (found[1] if found else None)


@given(st.lists(st.sampled_from(["search", "click", "[", "]", "a", " "]), max_size=12).map("".join))
def test_an_action_is_split_as_the_original_splits_it(action: str) -> None:
    found = re.match(r"(.+)\[(.+)\]", action)
    assert parse(action) == ((found[1], found[2].lower()) if found else (action, None))


def test_the_harnesses_differ_about_the_new_line() -> None:
    assert find_action("Action: click[Buy Now]", "old") is None
    assert find_action("Action: click[Buy Now]", "ab02") == "click[Buy Now]"


def test_own_pattern_is_read_back() -> None:
    reply = render_reply("I look.", "search[Tea Pot]")
    assert find_action(reply, "old") == find_action(reply, "ab02") == "search[Tea Pot]"
    assert parse("search[Tea Pot]") == ("search", "tea pot")


@pytest.mark.parametrize(
    "piece", ["Action:", "Action:\n", "Action: \nsearch[", "search[", "Action:\nsearch[x", " ", "\n", "["]
)
def test_reading_takes_linear_time(piece: str) -> None:
    started = time.process_time()
    for harness in ("old", "ab02"):
        found = find_action(piece * 200_000 + "]", harness)
        if found is not None:
            parse(found)
    assert time.process_time() - started < 5


def test_a_turn_is_shown_as_by_agentbench() -> None:
    shown = render_turn("WebShop [SEP] Search", {"has_search_bar": True, "clickables": ["search"]})
    assert (
        shown == "Observation:\nWebShop [SEP] Search\n\nAvailable Actions:\n{'has_search_bar': True, 'clickables':"
        " ['search']}"
    )
