"""`python -m serve runs` and `runs prune` over real small runs."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from pathlib import Path
from typing import Any

import fsspec
import pytest

from actors.__main__ import COMMANDS as ACTORS
from actors.episodes.journal import spent
from actors.files.atomic_folder import atomic_folder
from actors.program.command_line import main
from actors.records.store import Store
from tests.serve.runs.small_runs import aged, command, play, rollout, said
from tests.train.tiny_run import changed, losses, run_here, write_inputs

pytestmark = pytest.mark.timeout(240)
DAY_S = 86400.0
NOBODY = 4_194_305  # one more than any process id can be


def listed(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, dict[str, Any]]:
    """The runs of `--json`, by the last part of their path."""
    assert command(*words, "--json") == 0
    return {Path(run["path"]).name: run for run in json.loads(capsys.readouterr().out)["runs"]}


def gone(capsys: pytest.CaptureFixture[str], *words: str) -> list[tuple[str, str]]:
    """(what, name) of everything that goes, or would go."""
    assert command("prune", *words, "--json") == 0
    return [(entry["what"], Path(entry["path"]).name) for entry in json.loads(capsys.readouterr().out)["removals"]]


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A finished run of 6 steps with 3 checkpoints, its cache beside it."""
    folder = tmp_path_factory.mktemp("trained")
    config = changed(write_inputs(folder), steps=6, checkpoints__keep=3)
    run_here(config)
    return folder, config


def test_a_finished_run_says_what_it_is_made_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    play(tmp_path / "counting", 6)
    run = listed(capsys, str(tmp_path))["counting"]
    assert (run["kind"], run["state"], run["note"]) == ("rollout", "finished", "6 episodes")
    assert run["size_bytes"] == sum(len(content) for content in content(tmp_path).values())
    assert run["parts"]["records"] > 0 < run["parts"]["journals"]
    assert command(str(tmp_path)) == 0
    assert "finished: 6 episodes" in capsys.readouterr().out


def test_what_is_pruned_of_a_rollout_is_played_by_nobody_again_and_counted_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = play(tmp_path / "counting", 6)
    before, money, numbers = content(tmp_path), spent(store), said(tmp_path / "counting")
    assert money > 0
    assert {what for what, _ in gone(capsys, str(tmp_path))} == {"journal"}
    assert content(tmp_path) == before, "a dry run removes nothing"

    assert command("prune", str(tmp_path), "--yes") == 0
    assert "went" in capsys.readouterr().out
    assert rollout(tmp_path / "counting", 6).complete
    assert said(tmp_path / "counting") == numbers
    assert spent(Store(str(tmp_path / "counting"))) == pytest.approx(money)
    after = content(tmp_path)
    assert {name for name in before if after.get(name) != before[name]} == {n for n in before if "/journal/" in n}
    assert gone(capsys, str(tmp_path), "--yes") == []

    play(tmp_path / "counting", 9)  # with more tasks it goes on as if nothing had been pruned
    assert len(Store(str(tmp_path / "counting")).index()) == 9


def test_the_journal_of_an_unfinished_run_is_not_touched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = play(tmp_path / "counting", 6)
    status = store.status()
    assert status is not None
    store.write_status({**status, "state": "stopped", "total": 20})
    assert listed(capsys, str(tmp_path))["counting"]["note"] == "6 of 20 episodes"
    assert gone(capsys, str(tmp_path), "--yes") == []


@pytest.mark.parametrize("lock", ["lock", "writers.lock"])
def test_a_run_under_way_is_left_alone(tmp_path: Path, lock: str, capsys: pytest.CaptureFixture[str]) -> None:
    store = play(tmp_path / "counting", 6)
    before = content(tmp_path)
    with open(store.folder.at(lock), "w") as held:
        fcntl.flock(held, fcntl.LOCK_SH if lock == "writers.lock" else fcntl.LOCK_EX)
        assert listed(capsys, str(tmp_path))["counting"]["state"] == "running now"
        assert command("prune", str(tmp_path), "--yes") == 0
        assert "left alone" in capsys.readouterr().out
    assert {**content(tmp_path), f"counting/{lock}": b""} == {**before, f"counting/{lock}": b""}


def test_a_training_run_keeps_the_newest_good_checkpoint_and_goes_on_from_it(
    trained: tuple[Path, dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, config = trained
    out = Path(config["out"])
    run = listed(capsys, str(folder))["out"]
    assert (run["kind"], run["state"], run["note"]) == ("training", "finished", "step 6 of 6")
    assert {"model", "checkpoints"} <= run["parts"].keys()
    (out / "checkpoints" / "step-000003").mkdir()
    (out / "checkpoints" / "step-000003" / "__0_0.distcp").write_bytes(b"what a crash left")
    curve = losses(out)
    assert gone(capsys, str(folder), "--keep-checkpoints", "2") == [
        ("checkpoint", "step-000002"),
        ("checkpoint", "step-000003"),
    ]
    assert [name for _, name in gone(capsys, str(folder), "--yes")] == ["step-000002", "step-000003", "step-000004"]
    model = content(out / "model")
    _, lines = run_here(config)
    assert any("goes on from" in line and "step-000006" in line for line in lines)
    assert losses(out) == curve
    assert content(out / "model") == model


def test_a_damaged_checkpoint_is_not_the_last_one_that_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = changed(write_inputs(tmp_path), steps=4, checkpoints__keep=2)
    run_here(config)
    (shard,) = (tmp_path / "out" / "checkpoints" / "step-000004").glob("*.distcp")
    shard.write_bytes(b"cut")
    assert gone(capsys, str(tmp_path)) == []


def test_an_unfinished_training_run_is_pruned_only_when_that_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = changed(write_inputs(tmp_path), steps=8, checkpoints__keep=3)
    run_here(config, stop_after=5)
    assert listed(capsys, str(tmp_path))["out"]["note"] == "step 5 of 8"
    assert gone(capsys, str(tmp_path), "--yes") == []
    assert [name for _, name in gone(capsys, "--unfinished", "--yes", str(tmp_path))] == ["step-000002", "step-000004"]
    outcome, _ = run_here(config)
    assert (outcome.step, len(losses(tmp_path / "out"))) == (8, 8)


def test_a_cache_goes_when_it_is_old_and_no_run_names_it(
    trained: tuple[Path, dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, config = trained
    (cache,) = (path for path in Path(config["data"]["cache"]).iterdir() if path.is_dir())
    other = tmp_path / "cache" / "0123456789abcdef"
    for target in (tmp_path / "cache" / cache.name, other):
        with atomic_folder(target, "tokenised conversations") as draft:
            for name, held in content(cache).items():
                (draft / name).write_bytes(held)
    aged(tmp_path / "cache", 40 * DAY_S)
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "trained").symlink_to(config["out"])
    assert ("tokenised cache", other.name) in (found := gone(capsys, str(tmp_path), config["out"]))
    assert ("tokenised cache", cache.name) not in found
    assert gone(capsys, str(tmp_path), "--older-than", "7w") == []
    assert len(gone(capsys, str(tmp_path), "--yes")) == 2, "a link does not name a run"
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file() and path.suffix != ".lock"]


def test_a_draft_goes_when_its_writer_is_gone_and_the_only_content_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    node = socket.gethostname()
    for process, what in ((NOBODY, "draft"), (os.getpid(), "draft"), (NOBODY, "old")):
        folder = tmp_path / f".set.{node}-{process}.{what}"
        folder.mkdir()
        (folder / "kept.jsonl.zst").write_bytes(b"x" * 100)
    assert gone(capsys, str(tmp_path)) == [], "it may be another container's, just now"
    aged(tmp_path, 3600)
    assert gone(capsys, str(tmp_path), "--yes") == [("draft", f".set.{node}-{NOBODY}.draft")]
    (tmp_path / "set").mkdir()
    assert gone(capsys, str(tmp_path), "--yes") == [("draft", f".set.{node}-{NOBODY}.old")]


def test_filtered_sets_inside_a_run_are_rows_of_their_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    play(tmp_path / "counting", 6)
    assert main("actors", "", ACTORS, ["filter", str(tmp_path / "counting")]) == 0
    capsys.readouterr()
    runs = listed(capsys, str(tmp_path))
    assert {name: run["kind"] for name, run in runs.items()} == {"counting": "rollout", "filtered": "filtered"}
    assert sum(run["size_bytes"] for run in runs.values()) == sum(len(held) for held in content(tmp_path).values())


def test_a_broken_run_says_why_and_is_not_pruned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = play(tmp_path / "counting", 6)
    Path(store.folder.at("manifest.json")).write_bytes(b"{")
    assert command(str(tmp_path)) == 0
    assert "is broken: " in capsys.readouterr().out
    assert gone(capsys, str(tmp_path), "--yes") == []


def test_a_folder_that_cannot_be_read_or_never_answers_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    play(tmp_path / "counting", 3)
    (tmp_path / "closed").mkdir()
    (tmp_path / "dead").mkdir()
    os.mkfifo(tmp_path / "dead" / "mount")
    scandir = os.scandir

    def scanned(path: str) -> Any:
        if path.endswith("closed"):
            raise PermissionError(13, "Permission denied")
        if path.endswith("dead"):
            return (tmp_path / "dead" / "mount").read_bytes()  # the kernel holds it up, as a dead mount does
        return scandir(path)

    monkeypatch.setattr("os.scandir", scanned)
    monkeypatch.setattr("serve.runs.patience.PATIENCE_S", 0.3)
    assert command(str(tmp_path)) == 1
    said = capsys.readouterr()
    assert "counting" in said.out
    assert sorted(said.err.splitlines()) == [
        f"runs: '{tmp_path}/closed' is left out: Permission denied",
        f"runs: '{tmp_path}/dead' is left out: does not answer within 0.3 s",
    ]


def test_links_are_not_followed_and_nothing_behind_them_goes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    play(tmp_path / "elsewhere" / "counting", 3)
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "link").symlink_to(tmp_path / "elsewhere" / "counting")
    assert listed(capsys, str(tmp_path / "runs")) == {}
    play(tmp_path / "runs" / "counting", 3)
    journal = tmp_path / "runs" / "counting" / "journal"
    journal.rename(tmp_path / "elsewhere" / "journal")
    journal.symlink_to(tmp_path / "elsewhere" / "journal")
    assert gone(capsys, str(tmp_path / "runs"), "--yes") == []


def test_an_object_store_is_listed_and_not_pruned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    play(tmp_path / "counting", 3)
    memory = fsspec.filesystem("memory")
    memory.put(str(tmp_path), "/bucket", recursive=True)
    try:
        run = listed(capsys, "memory://bucket")["counting"]
        assert (run["state"], run["note"]) == ("finished", "3 episodes")
        assert run["size_bytes"] == sum(len(held) for held in content(tmp_path).values())
        assert command("prune", "memory://bucket", "--yes") == 2
        assert "no locks" in capsys.readouterr().err
    finally:
        memory.rm("/bucket", recursive=True)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["nowhere"], "/nowhere': No such file or directory; name one that holds runs"),
        (["prune", ".", "--keep-checkpoints", "0"], "at least 1 stays"),
        (["prune", ".", "--older-than", "soon"], "--older-than 'soon': give a number of minutes"),
        ([".", "--yes"], "--yes is of 'runs prune'"),
        ([], "there is no folder 'runs' here"),
        (["nofs://bucket"], "cannot use 'nofs://bucket'"),
    ],
)
def test_a_mistake_is_one_line(
    words: list[str], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command(*words) == 2
    (error,) = capsys.readouterr().err.splitlines()
    assert line in error


def test_ray_sessions_of_ours_go_when_nobody_uses_them_and_others_stay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    (tmp_path / "runs").mkdir()
    left, used, foreign = (tmp_path / "ray" / f"session_2026-01-31_10-20-30_123456_{n}" for n in range(3))
    for session in (left, used, foreign):
        (session / "logs").mkdir(parents=True)
        (session / "logs" / "raylet.out").write_text("started")
    for session in (left, used):
        (session / "agenttuning.json").write_text("{}")
    with open(used / "agenttuning.json") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert {name: run["state"] for name, run in listed(capsys).items()} == {
            left.name: "left behind",
            used.name: "running now",
        }
        assert gone(capsys, "--yes") == [("Ray session", left.name)]
        assert sorted(path.name for path in (tmp_path / "ray").iterdir()) == [used.name, foreign.name]
        assert gone(capsys, "runs") == [], "a folder that is named is all that is looked at"
