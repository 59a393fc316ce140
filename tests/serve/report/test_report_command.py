"""The report as a user meets it: what the command writes and prints, and what it refuses in one line."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from actors.episodes.episode import Context, Player
from actors.episodes.journal import Journal
from actors.episodes.placement import Retries
from actors.episodes.react import Limits
from actors.program.command_line import main
from actors.records.store import Store
from actors.records.trajectory import SCHEMA_VERSION
from actors.service.llm_host import LLMHost
from actors.service.rollout import Rollout
from actors.service.settings import LLMActors, RolloutSettings, TaskSource
from serve.__main__ import COMMANDS
from serve.evaluation import evaluation
from serve.evaluation.episode_scores import scored
from serve.evaluation.evaluation import Evaluation
from tests.actors.played import content
from tests.actors.scripted import LocalCluster, PracticeWorlds, Script, ScriptedLLM
from tests.serve.report.report_inputs import suite, whole

ROOT = Path(__file__).parents[3]


def report(*words: str) -> int:
    return main("serve", "", {"report": COMMANDS["report"]}, ["report", *words])


def solves_all(environment: str, column: str, number: int) -> bool:
    return True


def test_everything_is_reported_in_the_terminal_in_markdown_and_on_a_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert report(*whole(tmp_path)) == 0
    said = capsys.readouterr().out
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    markdown = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    for text in (said, page, markdown):
        for expected in (
            "SmolLM2-135M-Instruct",
            "tuned",
            "reference",
            "new-instances",
            "new-families",
            "repetition",
            "self-instruct",
            "50.0 %",
        ):
            assert expected in text
        assert "1 of 120" not in text  # 12 tasks in two columns and environments
        assert "1 of 48 episodes ended in an error (1 provider error): they count as 0" in text
    for text in (page, markdown):
        assert "216,000 computed, 66,000 trained on" in text
        assert "0.790 of the conversations" in text
        assert "loss on held-out chat" in text
    assert page.count("<svg") == 1 + page.count('<svg class="strip')
    assert "Traceback" not in said


def test_the_same_inputs_give_the_same_bytes_and_replace_the_report_of_before(tmp_path: Path):
    words = whole(tmp_path, tasks=4)
    report(*words)
    before = content(tmp_path / "report")
    assert sorted(before) == ["manifest.json", "report.html", "report.md"]
    (tmp_path / "report" / "report.md").write_text("something else")
    report(*words)
    assert content(tmp_path / "report") == before


def test_an_unfinished_evaluation_is_refused_and_says_how_far_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = suite(tmp_path / "base", "base", solves_all, tasks=3)
    (folder / evaluation.FILE).unlink()
    (folder / "suite.json").write_text("{}")
    Store(str(folder)).write_status({"total": 20})
    assert report(str(folder), "--out", str(tmp_path / "report")) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "unfinished: 12 of 20 episodes are scored" in line
    assert not (tmp_path / "report").exists()


def test_evaluations_of_different_tasks_are_refused_with_what_differs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    folders = [suite(tmp_path / name, name, solves_all, tasks) for name, tasks in (("base", 3), ("tuned", 4))]
    assert report(*map(str, folders), "--out", str(tmp_path / "report")) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "'base' and 'tuned' played different tasks: 0 only in the first, 4 only in the second" in line
    assert not (tmp_path / "report").exists()


def test_one_column_can_be_reported_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = str(suite(tmp_path / "base", "base", solves_all, tasks=2))
    assert report(folder, "--column", "new-families", "--out", str(tmp_path / "report")) == 0
    assert "new-instances" not in (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    capsys.readouterr()
    assert report(folder, "--column", "new", "--out", str(tmp_path / "report")) == 2
    assert "has no column 'new': its columns are new-instances, new-families" in capsys.readouterr().err


def test_a_folder_that_is_no_report_is_not_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = suite(tmp_path / "base", "base", solves_all, tasks=2)
    before = content(folder)
    assert report(str(folder), "--out", str(folder)) == 2
    assert "was not written by this command" in capsys.readouterr().err
    assert content(folder) == before


@pytest.mark.parametrize("option", ["--training", "--filtered", "--general"])
def test_a_folder_of_another_kind_is_refused_in_one_line(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    folder = str(suite(tmp_path / "base", "base", solves_all, tasks=2))
    assert report(folder, option, folder, "--out", str(tmp_path / "report")) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert folder in line


def test_models_of_one_name_are_told_apart_and_one_evaluation_given_twice_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    one, other = (str(suite(tmp_path / name, "tuned", solves_all, tasks=2)) for name in ("one", "other"))
    assert report(one, other, "--out", str(tmp_path / "report")) == 0
    assert f"tuned ({other})" in capsys.readouterr().out.replace("\n", "")
    assert report(one, one, "--out", str(tmp_path / "report")) == 2
    assert "is given twice" in capsys.readouterr().err


def test_one_evaluation_alone_has_a_report_without_differences(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = suite(tmp_path / "base", "base", lambda environment, column, number: number == 1, tasks=3)
    assert report(str(folder), "--out", str(tmp_path / "report")) == 0
    assert "difference" not in capsys.readouterr().out
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "wins / losses" not in page
    assert page.count("database: solved") == page.count("database: failed") == 2


def test_suites_that_were_played_with_other_settings_are_said_to_differ(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    folders = [suite(tmp_path / name, name, solves_all, tasks=2) for name in ("base", "tuned")]
    found = evaluation.read(folders[1])
    evaluation.write(folders[1], msgspec.structs.replace(found, suite={**found.suite, "max_turns": 15}))
    assert report(*map(str, folders), "--out", str(tmp_path / "report")) == 0
    assert "played under other settings: max_turns: 8 for 'base', 15 for 'tuned'" in capsys.readouterr().out


def test_what_was_played_by_the_real_rollout_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The practice environment, played by its reference player and by one that always says 1."""
    folders = [
        asyncio.run(counted(tmp_path / name, script))
        for name, script in (("stuck", lambda *_: "Say: 1"), ("counts", None))
    ]
    assert report(*folders, "--out", str(tmp_path / "report")) == 0
    said = capsys.readouterr().out
    assert next(line.split()[2:5] for line in said.splitlines() if line.split()[:2] == ["practice", "stuck"]) == [
        "6",
        "0.000",
        "0.000",
    ]
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "practice: failed before, solved after" in page
    assert "Count from 1 to 9, one number a turn" in page
    assert "3 identical replies in a row" in page


class Counting(LocalCluster):
    """A cluster whose LLM follows a script."""

    script: Script | None = None

    async def start_llm(self, name: str, number: int) -> LLMHost:
        player = Player(ScriptedLLM(self.script), PracticeWorlds(), Journal(self._store, 0.01), self._context)
        return LLMHost(player, self._store.writer(0.01), concurrency=4)


async def counted(folder: Path, script: Script | None) -> str:
    """An evaluation of six tasks of the practice environment, and where it is."""
    settings = RolloutSettings(
        store=str(folder),
        split="new-instances",
        tasks=(TaskSource(environment="practice", generate=6),),
        llm={"kind": "reference"},  # type: ignore[arg-type]
        llm_actors=LLMActors(actors=1, concurrency=4),
    )
    store, identity = Store(settings.store), {"kind": "reference"}
    store.create({"schema_version": SCHEMA_VERSION, "run_id": "run"})
    context = Context("run", "scripted", {}, {}, Limits(), Retries())
    cluster = Counting(store, context, {})
    cluster.script = script
    await asyncio.wait_for(Rollout(settings, store, context, identity, total=6).run(cluster, lambda _: None), 30)
    found = scored(settings, identity)
    assert found.complete
    evaluation.write(
        folder, Evaluation(folder.name, {"name": "counting"}, identity, "count", found.rows, found.seconds)
    )
    return str(folder)


def test_help_of_the_report_needs_no_heavy_package():
    program = (
        "import sys, serve.report.report_command; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert not {"torch", "ray", "numpy", "matplotlib", "jinja2"} & set(ended.stdout.split())
