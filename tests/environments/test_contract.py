"""What an environment keeps of a reply."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from environments.contract import Kept

KEPT = Kept(cut_at="Observation:", unescaped="_")


@pytest.mark.parametrize(
    ("reply", "kept"),
    [
        ("Action: f(a)\nObservation: [b]\nAction: g(b)", "Action: f(a)\n"),
        ("Observation: [b]", ""),
        ("observation: [b] Observation", "observation: [b] Observation"),
        (r"get\_relations(a\*b)", r"get_relations(a\*b)"),
    ],
)
def test_a_reply_ends_where_its_environment_stops_reading(reply: str, kept: str) -> None:
    assert KEPT.of(reply) == kept
    assert Kept().of(reply) == reply


@given(st.text(st.sampled_from("Observation:_\\\n") | st.characters(), max_size=60))
@example("a\\\\_b")
def test_what_is_kept_is_kept_again(reply: str) -> None:
    once = KEPT.of(reply)
    assert KEPT.of(once) == once
    assert "Observation:" not in once


def test_backslashes_cost_no_more_than_other_characters() -> None:
    assert KEPT.of("\\" * 1_000_000 + "-") == "\\" * 1_000_000 + "-"
