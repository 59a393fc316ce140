"""For each failure, what was expected beside what was answered."""

from __future__ import annotations

from pathlib import Path

from actors.program.terminal import visible
from environments.contract import Status
from serve.report.contents import Contents, Inputs, gather
from serve.report.markdown_page import markdown
from serve.report.page import page
from tests.serve.report.report_inputs import episode, evaluated

HOSTILE = "<b>5200</b>\x1b[31m | x"


def gathered(folder: Path) -> Contents:
    """Base fails three tasks in three ways, tuned the third."""
    fields = [
        {"details": {"expected": [HOSTILE], "answer": ["7"]}},
        {"details": {"rounds": 3}, "status": Status.TASK_LIMIT},
        {"details": {"expected": "12", "answer": ""}},
    ]
    folders = [
        str(
            evaluated(
                folder / name,
                name,
                [
                    ("new", episode("database", "new", n, n in solved, name, **{"status": Status.COMPLETED, **each}))
                    for n, each in enumerate(fields)
                ],
            )
        )
        for name, solved in (("base", ()), ("tuned", (0, 1)))
    ]
    return gather(Inputs(folders))


def test_every_failure_of_every_model_is_listed_in_the_order_of_the_suite(tmp_path: Path) -> None:
    found = gathered(tmp_path).failures
    assert [(one.task_id[-1], one.model, one.ending, one.judged) for one in found] == [
        ("0", "base", "completed", (HOSTILE, "7")),
        ("1", "base", "turn limit", None),
        ("2", "base", "completed", ("12", "nothing")),
        ("2", "tuned", "completed", ("12", "nothing")),
    ]


def test_an_examples_failed_play_says_what_was_expected_and_its_solved_one_does_not(tmp_path: Path) -> None:
    base, tuned = gathered(tmp_path).examples[0].plays
    assert base.judged == (HOSTILE, "7")
    assert tuned.judged is None


def test_both_stand_in_markdown_and_on_the_page_as_text(tmp_path: Path) -> None:
    contents = gathered(tmp_path)
    assert "- expected: \\<b\\>5200\\</b\\>\\\\x1b\\[31m \\| x\n- answered: 7\n" in markdown(contents)
    shown = visible(HOSTILE).replace("<", "&lt;").replace(">", "&gt;")
    assert page(contents).count(f"<dt>expected</dt><dd>{shown}</dd><dt>answered</dt><dd>7</dd>") == 1
    assert page(contents).count(f'<td class="long">{shown}</td><td class="long">7</td>') == 1
