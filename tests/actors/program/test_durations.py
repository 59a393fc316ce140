"""Durations as they are said to a person."""

import pytest

from actors.program.durations import duration


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.4, "0 s"), (61, "1 min 1 s"), (3 * 3600 + 120, "3 h 2 min"), (90_000, "1 d 1 h")]
)
def test_durations_have_two_units(seconds: float, told: str):
    assert duration(seconds) == told
