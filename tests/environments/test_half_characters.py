"""Any text that Python can hold becomes one that can be written, and what could be written stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.half_characters import HALF_CHARACTER, well_formed


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("\ud83d\ude00", "😀"), ("\ude00\ud83d", "\ufffd\ufffd"), ("a\ud83d", "a\ufffd"), ("\ud83db😀", "\ufffdb😀")],
)
def test_halves_are_put_together_or_replaced(text: str, wanted: str) -> None:
    assert well_formed(text) == wanted


@given(st.text(st.characters(categories=["Cs"]) | st.characters()))
def test_any_text_can_be_written_afterwards(text: str) -> None:
    found = well_formed(text)
    assert found.encode().decode() == found == well_formed(found)
    assert found == text or HALF_CHARACTER.search(text)
