"""What was expected and what was answered, out of a record's details."""

from __future__ import annotations

from typing import Any

import pytest

from actors.records.judged import judged


@pytest.mark.parametrize(
    ("details", "told"),
    [
        ({"expected": ["5200", "7"], "answer": "[]"}, ("5200, 7", "[]")),
        ({"expected": "42\n", "answer": ""}, ("42", "nothing")),
        (
            {"expected": "the tables after x", "answer": "done", "found": "other tables"},
            ("the tables after x", "other tables"),
        ),
        ({"answer": "3"}, ("not recorded", "3")),
        ({"expected": []}, ("nothing", "not recorded")),
        ({"rounds": 3}, None),
    ],
)
def test_the_two_are_told_as_text(details: dict[str, Any], told: tuple[str, str] | None) -> None:
    assert judged(details) == told
