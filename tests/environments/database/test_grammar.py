"""What a reply means, checked against the reference's own regular expressions, and how results are shown."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymysql.err import ProgrammingError

from environments.database.grammar import (
    ResultText,
    parse,
    render_error,
    render_final_answer,
    render_operation,
)

PIECES = st.sampled_from(
    [
        "Action: ",
        "Operation",
        "Answer",
        "\n",
        "```sql",
        "```",
        "SELECT 1",
        "Final Answer:",
        ' ["a"]',
        " ",
        "\r",
        "x",
        "é",
        "\0",
        "\u2028",
    ]
)
REPLIES = st.lists(PIECES, max_size=20).map("".join)


@given(REPLIES | st.text())
def test_parse_finds_what_the_references_expressions_find(reply: str) -> None:
    reply = reply.encode("utf-8", "replace").decode()
    move = parse(reply)
    action = re.search(r"Action: (.*?)\n", reply)
    block = re.search(r"```sql\n([\s\S]*?)\n```", reply)
    answer = re.search(r"\nFinal Answer:(.*)", reply)
    assert move.operates == (action is not None and action.group(1) == "Operation")
    assert move.sql == (block.group(1).strip().replace("\n", " ") if block else None)
    assert move.answer == (answer.group(1) if answer else None)


@pytest.mark.parametrize("piece", ["Action: ", "```sql\n", "\nFinal Answer:", "\n```", "\n"])
def test_parse_takes_linear_time(piece: str) -> None:
    started = time.process_time()
    parse(piece * 500_000)
    assert time.process_time() - started < 5  # the reference's expression needs hours


def test_parse_survives_a_lone_surrogate() -> None:
    assert parse("Action: Operation\n```sql\nSELECT '\ud800'\n```").sql == "SELECT '?'"


def test_own_patterns_are_read_back() -> None:
    move = parse("thought\n" + render_operation("SELECT\n 1;"))
    assert (move.operates, move.sql) == (True, "SELECT  1;")
    assert parse("thought\n" + render_final_answer(['a "b"', "c"])).answer == ' ["a \\"b\\"", "c"]'


def _shown(rows: Iterable[tuple[object, ...]]) -> str:
    result = ResultText()
    for row in rows:
        result.add(row)
    return result.text()


@given(
    st.lists(
        st.tuples(st.integers() | st.text() | st.none() | st.floats(allow_nan=False), st.decimals(allow_nan=False)),
        max_size=60,
    )
)
def test_rows_are_shown_as_python_prints_them(rows: list[tuple[object, ...]]) -> None:
    whole = str(rows)
    assert _shown(rows) == (whole if len(whole) <= 800 else whole[:800] + "[TRUNCATED]")


@pytest.mark.parametrize("width", range(380, 400))
def test_the_cut_is_where_the_references_is(width: int) -> None:
    rows = [("x" * width,), ("y" * width,), ("z",)]
    whole = str(rows)
    assert _shown(rows) == (whole if len(whole) <= 800 else whole[:800] + "[TRUNCATED]")


def test_values_are_shown_as_the_references_driver_returns_them() -> None:
    assert (
        _shown([(4, Decimal("3.50"), None, date(2020, 1, 2))])
        == "[(4, Decimal('3.50'), None, datetime.date(2020, 1, 2))]"
    )
    assert ResultText().text() == "[]"


def test_an_error_is_shown_as_the_references_driver_prints_it() -> None:
    error = ProgrammingError(1146, "Table 'a.b' doesn't exist", sqlstate="42S02")
    assert render_error(error) == "1146 (42S02): Table 'a.b' doesn't exist"
