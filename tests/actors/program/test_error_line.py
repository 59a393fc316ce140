"""An exception as one line."""

from hypothesis import given
from hypothesis import strategies as st

from actors.program.error_line import error_line


@given(st.text(), st.integers(min_value=0, max_value=20))
def test_whatever_an_exception_says_is_one_line_that_is_not_empty(text: str, limit: int) -> None:
    line = error_line(ValueError(text), limit)
    assert line
    assert len(line.splitlines()) == 1
    assert line == "ValueError" or not limit or len(line) <= limit
