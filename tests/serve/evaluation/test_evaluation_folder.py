"""Whose an evaluation's folder is, and what its rows are."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import Any

import pytest

from actors.program.user_error import UserError
from actors.service.episode_list import episodes
from actors.service.settings import RolloutSettings
from environments.contract import Status
from serve.evaluation.episode_scores import scored
from serve.evaluation.evaluation import Evaluation, read, write
from serve.evaluation.evaluation_folder import claim, give_up, withdraw
from tests.actors.played import played, run_of

SUITE = {
    "name": "s",
    "limits": {"max_turns": 8},
    "environments": {"practice": {"actors": 1, "settings": {"step_s": 0.0}}},
    "data": "",
}
LLM = {"kind": "openai", "model": "a"}


def test_the_same_suite_and_llm_may_go_on_with_other_actors_and_from_another_place(tmp_path: Path) -> None:
    out = str(tmp_path / "new" / "eval")
    claim(out, SUITE, LLM)
    claim(
        out,
        {**SUITE, "data": "/elsewhere", "environments": {"practice": {"actors": 4, "settings": {"step_s": 0.0}}}},
        LLM,
    )


@pytest.mark.parametrize(
    ("suite", "llm", "said"),
    [
        (
            {**SUITE, "versions": {"practice": {"environment": 2, "judge": 1}}},
            LLM,
            r"another suite \(versions.practice.environment: nothing there, 2 here",
        ),
        ({**SUITE, "limits": {"max_turns": 9}}, LLM, r"another suite \(limits.max_turns: 8 there, 9 here\)"),
        (
            {**SUITE, "environments": {"practice": {"settings": {"step_s": 1.0}}}},
            LLM,
            r"another suite \(environments.practice.settings.step_s",
        ),
        (SUITE, {"kind": "vllm", "model": "b"}, r"another LLM \(kind: openai there, vllm here; 1 more differ\)"),
    ],
)
def test_another_suite_or_llm_is_refused_in_one_line(
    tmp_path: Path, suite: dict[str, Any], llm: dict[str, Any], said: str
) -> None:
    claim(str(tmp_path), SUITE, LLM)
    with pytest.raises(UserError, match=said):
        claim(str(tmp_path), suite, llm)
    claim(str(tmp_path), SUITE, LLM)


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(UserError, match="is not empty and holds no evaluation: choose another --out"):
        claim(str(tmp_path), SUITE, LLM)
    (tmp_path / "suite.json").write_text("{")
    with pytest.raises(UserError, match="cannot be read as an evaluation's suite"):
        claim(str(tmp_path), SUITE, LLM)


def test_scores_that_are_withdrawn_are_an_unfinished_evaluation(tmp_path: Path) -> None:
    claim(str(tmp_path), SUITE, LLM)
    with pytest.raises(UserError, match=r"is unfinished: 0 of \? episodes"):
        read(tmp_path)
    run_of(tmp_path, played("e0"))
    write(tmp_path, Evaluation("n", SUITE, LLM, "count", []))
    assert read(tmp_path).name == "n"
    withdraw(str(tmp_path))
    withdraw(str(tmp_path))
    with pytest.raises(UserError, match=r"is unfinished: 1 of \? episodes"):
        read(tmp_path)


def test_a_claim_under_which_nothing_was_played_is_taken_back_and_no_other(tmp_path: Path) -> None:
    for name in ("fresh", "played", "removed under way"):
        claim(str(tmp_path / name), SUITE, LLM)
    (tmp_path / "played" / "trajectories").mkdir()
    shutil.rmtree(tmp_path / "removed under way")
    for name in ("fresh", "played", "removed under way"):
        give_up(str(tmp_path / name))
    assert sorted(path.name for path in (tmp_path / "played").iterdir()) == ["suite.json", "trajectories"]
    assert [path.name for path in tmp_path.iterdir()] == ["played"]


def test_scores_that_cannot_be_written_or_withdrawn_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot write '.*evaluation.json'"):
        write(tmp_path / "removed", Evaluation("n", SUITE, LLM, "count", []))
    (tmp_path / "evaluation.json").mkdir()
    with pytest.raises(UserError, match=r"cannot remove '.*evaluation.json'"):
        withdraw(str(tmp_path))


def test_another_commands_folder_is_no_unfinished_evaluation(tmp_path: Path) -> None:
    run_of(tmp_path / "rollout", played("e0"))
    (tmp_path / "manifest.json").write_text('{"kind": "training run"}')
    for folder in (tmp_path / "rollout", tmp_path, tmp_path / "nowhere"):
        with pytest.raises(UserError, match="holds no evaluation"):
            read(folder)


def test_every_task_has_a_row_from_its_record_and_errors_have_score_0(tmp_path: Path) -> None:
    settings = RolloutSettings(
        store=str(tmp_path / "run"),
        attempts=2,
        tasks=({"environment": "database", "generate": 2, "split": "new"},),
        llm={"kind": "reference"},
    )
    wanted = [one.episode_id for one in episodes(settings, LLM)]
    ended = [
        played(wanted[0], started_at=10.0, total_s=5.0, environment="database"),
        played(wanted[1], status=Status.PROVIDER_ERROR, reward=None, started_at=12.0, total_s=5.0),
        played(wanted[2], status=Status.TASK_LIMIT, reward=0.0, started_at=100.0, total_s=1.0),
        played(wanted[3], status=Status.CANCELLED, reward=None),
        played("of another suite"),
    ]
    run_of(tmp_path / "run", *ended)
    found = scored(settings, LLM)
    assert not found.complete
    assert (len(found.rows), found.expected) == (3, 4)
    assert [(row.score, row.status, row.attempt) for row in found.rows] == [
        (1.0, Status.COMPLETED, 0),
        (0.0, Status.PROVIDER_ERROR, 0),
        (0.0, Status.TASK_LIMIT, 1),
    ]
    assert {(row.column, row.environment) for row in found.rows} == {("new", "database")}
    assert all(row.category in ("SELECT", "INSERT", "UPDATE", "DELETE") for row in found.rows)
    assert (found.rows[0].turns, found.rows[0].prompt_tokens, found.rows[0].completion_tokens) == (2, 200, 20)
    assert math.isclose(found.seconds, 8.0)


def test_a_store_without_a_record_has_no_row_yet(tmp_path: Path) -> None:
    settings = RolloutSettings(
        store=str(tmp_path / "run"),
        tasks=({"environment": "practice", "generate": 3},),
        llm={"kind": "reference"},
    )
    assert scored(settings, LLM)[:2] == ([], 3)
