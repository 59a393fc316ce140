"""How scores are shown."""

from __future__ import annotations

import io
import re

from rich.console import Console

from environments.contract import Status
from serve.evaluation.comparison import compare
from serve.evaluation.score_grid import comparison_grid, p_value_note, score_grid, score_notes
from serve.tables.grid import Column, Grid, Strong, markdown, show
from tests.serve.evaluation.evaluations import episode, evaluation, scored


def test_a_row_for_each_column_and_environment_with_its_errors() -> None:
    found = evaluation(
        *scored([1.0, 0.0]),
        episode("late", 0.0, Status.TURN_TIMEOUT),
        *scored([1.0], environment="practice"),
        *scored([1.0], environment="practice", column="new-families"),
        suite={"name": "mini"},
        name="tuned",
    )
    grid = score_grid(found)
    assert grid.title == "tuned on mini"
    assert [row[:2] for row in grid.rows] == [
        ["new-instances", "operating_system"],
        ["new-instances", "practice"],
        ["new-instances", "mean of 2 environments"],
        ["new-families", "practice"],
    ]
    assert [row[2:4] for row in grid.rows[:3:2]] == [["success_rate", "0.333"], ["mean of the scores above", "0.667"]]
    assert [row[-2:] for row in grid.rows] == [["3", "1"], ["1", "0"], ["4", "1"], ["1", "0"]]


def test_the_overall_of_agenttuning_stands_below_the_table_with_what_it_compares_with() -> None:
    found = evaluation(*scored([1.0] * 4), *scored([1.0] * 4, environment="database"))
    grid = score_grid(found)
    assert not any("overall" in cell for row in grid.rows for cell in row)
    assert grid.notes == [
        "new-instances: overall of AgentTuning, over 2 of its 6 held-in environments (database, operating_system):"
        " 6.807 (3.592 to 6.807); 1 is the mean of its five baselines; comparable only with evaluations of the same"
        " environments"
    ]
    assert score_grid(evaluation(*scored([1.0], environment="practice"))).notes == []


def test_what_the_table_does_not_tell_is_said() -> None:
    rows = [episode("a", 1.0), episode("b", 0.0, Status.PROVIDER_ERROR), *scored([1.0], environment="practice")]
    assert score_notes(evaluation(*rows)) == [
        "1 of 3 episodes ended in an error (1 provider error): they count as 0",
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
    assert comparison_grid(lost, lost, compare(lost, lost)).rows[0][2:6] == ["–", "–", "–", "–"]


def test_a_comparison_says_who_gained_what() -> None:
    first, second = evaluation(*scored([0.0] * 4), name="base"), evaluation(*scored([1.0] * 3 + [0.0]), name="tuned")
    grid = comparison_grid(first, second, compare(first, second))
    assert grid.title == "tuned against base"
    row = dict(zip([column.title for column in grid.columns], grid.rows[0], strict=True))
    assert (row["base"], row["tuned"], row["difference"], row["wins / losses / ties"], row["p"]) == (
        "0.000",
        "0.750",
        "+0.750",
        "3 / 0 / 1",
        "0.25",
    )
    assert not any(isinstance(cell, Strong) for cell in grid.rows[0])
    assert grid.notes[0] == (
        "p: exact paired test over tasks, two-sided (of yes/no scores McNemar's, of graded ones all sign flips);"
        " bold: p < 0.05"
    )
    assert "base 0.000 (0.000 to" in grid.notes[1]


def test_only_what_the_test_supports_is_bold_and_the_note_counts_the_rows() -> None:
    other = scored([0.0] * 8, environment="practice")
    base, tuned = evaluation(*scored([0.0] * 8), *other), evaluation(*scored([1.0] * 8), *other)
    grid = comparison_grid(base, tuned, compare(base, tuned))
    assert [[cell for cell in row if isinstance(cell, Strong)] for row in grid.rows] == [
        ["+1.000", "0.023"],
        [],
        ["+0.500", "0.023"],
    ]
    assert ", adjusted by Holm for the 3 rows of a comparison; bold" in grid.notes[0]
    assert "| **+1.000** | " in markdown(grid)
    out = io.StringIO()
    show(grid, Console(file=out, width=200, force_terminal=True, color_system="standard"))
    assert re.findall(r"\x1b\[1m *(\S+)\x1b\[0m", "".join(out.getvalue().splitlines()[2:5])) == [
        "+1.000",
        "0.023",
        "+0.500",
        "0.023",
    ]


def test_signs_that_were_drawn_are_said() -> None:
    graded = [number / 40 for number in range(30)]
    first, second = (evaluation(*scored(scores, environment="webshop")) for scores in (graded, [1.0] * 30))
    assert "too many graded scores to count all signs, 100,000 are drawn" in p_value_note(
        [list(compare(first, second)["new-instances"].values())]
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
    first, second = (evaluation(*scored([1.0]), name=name) for name in ("[/red]", "[bold]b"))
    out = io.StringIO()
    show(comparison_grid(first, second, compare(first, second)), Console(file=out, width=200))
    assert "[/red]" in out.getvalue()
    assert "[bold]b" in out.getvalue()
