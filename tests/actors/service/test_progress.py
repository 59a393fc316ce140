"""What a run says of itself."""

from __future__ import annotations

import io

from rich.console import Console

from actors.records.store import Entry
from actors.service.progress import Progress
from environments.contract import Status


def test_before_the_first_episode_it_says_what_it_waits_for() -> None:
    progress = Progress(8)
    assert progress.line(0) == "0/8 episodes · waiting for the LLM to start"
    assert progress.line(2).startswith("0/8 episodes · 2 under way")


def test_the_closing_table_calls_endings_as_a_report_does() -> None:
    progress = Progress(1)
    progress.was_there(Entry("0.jsonl", 0, Status.TASK_LIMIT, 0.0, "task", "database", 0.0))
    out = io.StringIO()
    progress.print_table(Console(file=out, width=120))
    assert "1 turn limit" in out.getvalue()


def test_what_awaits_judgement_is_no_failure() -> None:
    progress = Progress(2)
    progress.was_there(Entry("0.jsonl", 0, Status.AWAITS_JUDGEMENT, None, "task", "database", 0.0))
    progress.was_there(Entry("0.jsonl", 1, Status.PROVIDER_ERROR, None, "task", "database", 0.0))
    assert progress.endings_without_reward == {Status.PROVIDER_ERROR: 1}
