"""How scores are shown."""

from __future__ import annotations

import io

from rich.console import Console

from environments.contract import Status
from serve.evaluation.comparison import compare
from serve.evaluation.score_grid import comparison_grid, score_grid, score_notes
from serve.tables.grid import Column, Grid, markdown, show
from tests.serve.evaluation.evaluations import episode, evaluation, scored


def test_a_row_for_each_column_and_environment_with_its_errors() -> None:
    found = evaluation(
        *scored([1.0, 0.0]),
        episode("late", 0.0, Status.TURN_TIMEOUT),
        *scored([1.0], environment="practice", column="new-families"),
        suite={"name": "mini"},
        name="tuned",
    )
    grid = score_grid(found)
    assert grid.title == "tuned on mini"
    assert [row[:2] for row in grid.rows] == [
        ["new-instances", "operating_system"],
        ["new-instances", "overall"],
        ["new-families", "practice"],
    ]
    assert grid.rows[0][2:4] == ["success_rate", "0.333"]
    assert [row[-2:] for row in grid.rows] == [["3", "1"], ["3", "1"], ["1", "0"]]


def test_what_the_table_does_not_tell_is_said() -> None:
    rows = [episode("a", 1.0), episode("b", 0.0, Status.PROVIDER_ERROR), *scored([1.0], environment="practice")]
    assert score_notes(evaluation(*rows)) == [
        "1 of 3 episodes ended in an error (1 provider error): they count as 0",
        "the overall of new-instances is over 1 of AgentTuning's 6 held-in environments: operating_system",
        "left out of the overall, for AgentTuning's table has no baseline for them: practice",
    ]
    assert "they are left out (--errors drop)" in score_notes(evaluation(*rows, errors="drop"))[0]


def test_the_categories_of_a_mean_are_named_with_their_tasks() -> None:
    rows = [
        episode(f"{kind}{n}", 1.0, environment="database", category=kind)
        for kind, n in [("SELECT", 0), ("SELECT", 1), ("INSERT", 0)]
    ]
    assert score_notes(evaluation(*rows))[0] == "database in new-instances is the mean over INSERT (1), SELECT (2)"


def test_dropped_errors_leave_a_dash_where_nothing_is_left() -> None:
    lost = evaluation(episode("a", 0.0, Status.UNKNOWN), errors="drop")
    assert score_grid(lost).rows[0][3:5] == ["–", "–"]
    assert comparison_grid("a", "b", compare(lost, lost)).rows[0][2:6] == ["–", "–", "–", "–"]


def test_a_comparison_says_who_gained_what() -> None:
    first, second = evaluation(*scored([0.0] * 4), name="base"), evaluation(*scored([1.0] * 3 + [0.0]), name="tuned")
    grid = comparison_grid("base", "tuned", compare(first, second))
    assert grid.title == "tuned against base"
    row = dict(zip([column.title for column in grid.columns], grid.rows[0], strict=True))
    assert (row["base"], row["tuned"], row["difference"], row["wins / losses / ties"], row["sign test p"]) == (
        "0.000",
        "0.750",
        "+0.750",
        "3 / 0 / 1",
        "0.25",
    )


def test_a_name_cannot_break_the_table() -> None:
    grid = Grid("a *b*", (Column("x"), Column("y", right=True)), [["a|b\nc", "<img>\x1b[31m"]])
    assert markdown(grid).splitlines() == [
        "**a \\*b\\***",
        "",
        "| x | y |",
        "| --- | ---: |",
        "| a\\|b c | \\<img\\>\\\\x1b\\[31m |",
    ]
    out = io.StringIO()
    show(grid, Console(file=out, width=80))
    assert "\x1b" not in out.getvalue()


def test_a_name_that_looks_like_markup_stands_in_the_heading_as_it_is() -> None:
    found = evaluation(*scored([1.0]))
    out = io.StringIO()
    show(comparison_grid("[/red]", "[bold]b", compare(found, found)), Console(file=out, width=200))
    assert "[/red]" in out.getvalue()
    assert "[bold]b" in out.getvalue()
