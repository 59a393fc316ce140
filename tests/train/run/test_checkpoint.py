"""Checkpoints: valid only with their marker, the newest two kept, every fault of a disk or a file in one line."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
import torch
import torch.distributed as dist
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors.program.user_error import UserError
from tests.train.tiny_run import ROOT
from tests.train.two_ranks import RANKS, in_two_ranks
from train.model.ranks import joined
from train.run import checkpoint, run_folder
from train.run.checkpoint import Checkpoints
from train.run.run_folder import CHECKPOINTS, MARKER, Commit


def state(step: int) -> dict[str, torch.Tensor]:
    return {"weight": torch.full((64, 8), float(step))}


def commit(step: int) -> Commit:
    return Commit(step, window=3, bin=step % 5, identity={"seed": 7}, files={})


def write(out: Path, *steps: int, keep: int = 2) -> None:
    with joined("cpu"):
        checkpoints = Checkpoints(out, keep, first=True)
        for step in steps:
            checkpoints.save(state(step), commit(step))
        checkpoints.settle()


def refused(act: object, *words: str) -> None:
    with pytest.raises(UserError) as caught:
        act()  # type: ignore[operator]
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_what_is_saved_is_loaded_with_its_place_in_the_data(tmp_path: Path):
    write(tmp_path, 4)
    found = run_folder.latest(tmp_path)
    assert found is not None
    assert (found.commit.step, found.commit.window, found.commit.bin, found.commit.identity) == (4, 3, 4, {"seed": 7})
    assert set(found.commit.files) == {path.name for path in found.path.iterdir()} - {MARKER}
    loaded = state(0)
    with joined("cpu"):
        checkpoint.load(found, loaded)
    assert torch.equal(loaded["weight"], state(4)["weight"])


def test_a_checkpoint_counts_only_when_it_is_committed(tmp_path: Path):
    """Its files may all be there: without the marker it is what a crash left."""
    with joined("cpu"):
        checkpoints = Checkpoints(tmp_path, 2, first=True)
        checkpoints.save(state(1), commit(1))
        deadline = time.monotonic() + 30
        while not (tmp_path / CHECKPOINTS / "step-000001" / ".metadata").exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert run_folder.latest(tmp_path) is None
        while run_folder.latest(tmp_path) is None:
            assert time.monotonic() < deadline
            checkpoints.poll()
    names = {path.name for path in (tmp_path / CHECKPOINTS / "step-000001").iterdir()}
    assert {MARKER, ".metadata"} <= names
    assert f"{MARKER}.draft" not in names


def test_what_is_changed_after_a_save_does_not_reach_the_checkpoint(tmp_path: Path):
    tensors = state(1)
    with joined("cpu"):
        checkpoints = Checkpoints(tmp_path, 2, first=True)
        checkpoints.save(tensors, commit(1))
        tensors["weight"].fill_(-1.0)
        checkpoints.settle()
        found = run_folder.latest(tmp_path)
        assert found is not None
        loaded = state(0)
        checkpoint.load(found, loaded)
    assert torch.equal(loaded["weight"], state(1)["weight"])


@pytest.mark.parametrize("keep", [1, 3])
def test_the_newest_are_kept_and_what_crashes_left_is_swept(tmp_path: Path, keep: int):
    (tmp_path / CHECKPOINTS / "step-000002").mkdir(parents=True)
    (tmp_path / CHECKPOINTS / "notes").mkdir()
    write(tmp_path, 5, 10, 15, 20, keep=keep)
    names = sorted(path.name for path in (tmp_path / CHECKPOINTS).iterdir())
    assert names == ["notes", *(f"step-{step:06d}" for step in (5, 10, 15, 20)[-keep:])]


def test_the_newest_is_the_one_of_the_highest_step(tmp_path: Path):
    write(tmp_path, 999_999, 1_000_000)
    found = run_folder.latest(tmp_path)
    assert found is not None
    assert found.commit.step == 1_000_000


def test_a_marker_that_is_torn_or_newer_than_this_program_is_refused(tmp_path: Path):
    write(tmp_path, 1)
    marker = tmp_path / CHECKPOINTS / "step-000001" / MARKER
    whole = marker.read_bytes()
    marker.write_bytes(whole[: len(whole) // 2])
    refused(lambda: run_folder.latest(tmp_path), str(marker), "remove this checkpoint")
    newer = msgspec.json.decode(whole) | {"schema_version": run_folder.SCHEMA_VERSION + 1, "more": 1}
    marker.write_bytes(msgspec.json.encode(newer))
    refused(lambda: run_folder.latest(tmp_path), "step-000001", "newer version", "update this program")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_every_file_that_is_short_or_missing_is_named(tmp_path: Path, data: st.DataObject):
    if not (tmp_path / CHECKPOINTS).exists():
        write(tmp_path, 1)
    found = run_folder.latest(tmp_path)
    assert found is not None
    run_folder.refuse_damage(found)
    path = found.path / data.draw(st.sampled_from(sorted(found.commit.files)))
    whole = path.read_bytes()
    cut = data.draw(st.integers(-1, len(whole) - 1))
    path.unlink()
    if cut >= 0:
        path.write_bytes(whole[:cut])
    try:
        refused(lambda: run_folder.refuse_damage(found), str(path), "is missing" if cut < 0 else f"has {cut:,} bytes")
    finally:
        path.write_bytes(whole)


FULL_DISK = """
import resource, sys
from pathlib import Path
from actors.records.trajectory import UserError
from tests.train.run.test_checkpoint import commit, state
from train.run.checkpoint import Checkpoints
from train.model.ranks import joined
import torch

with joined("cpu"):
    checkpoints = Checkpoints(Path(sys.argv[1]), 2, first=True)
    checkpoints.save(state(1), commit(1))
    checkpoints.settle()
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    try:
        checkpoints.save({"weight": torch.ones(100, 100)}, commit(2))
        checkpoints.settle()
    except UserError as error:
        print(error)
"""


def test_a_full_disk_is_one_line_that_names_the_last_good_checkpoint(tmp_path: Path):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    lines = done.stdout.strip().splitlines()
    assert len(lines) == 1, done.stdout + done.stderr
    assert "step-000002': " in lines[0]
    assert "is the disk full?" in lines[0]
    assert f"the last good one is '{tmp_path / CHECKPOINTS / 'step-000001'}'" in lines[0]
    found = run_folder.latest(tmp_path)
    assert found is not None
    assert found.commit.step == 1


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path):
    (tmp_path / CHECKPOINTS).write_text("a file")
    refused(lambda: write(tmp_path, 1), str(tmp_path / CHECKPOINTS), "another 'out'")


def save_while_reducing(rank: int, folder: Path) -> None:
    """Collectives of the training thread, while the writing thread has its own."""
    checkpoints = Checkpoints(folder, 2, first=rank == 0)
    for step in range(1, 6):
        checkpoints.save(
            {"weight": torch.full((64,), float(step + rank)), f"of {rank}": torch.arange(step)}, commit(step)
        )
        for _ in range(50):
            number = torch.tensor([float(rank + 1)])
            dist.all_reduce(number)
            assert number.item() == sum(range(1, RANKS + 1))
    checkpoints.settle()


@pytest.mark.slow
def test_writing_in_the_background_does_not_meet_the_steps_collectives(tmp_path: Path):
    in_two_ranks(save_while_reducing, tmp_path)
    found = run_folder.latest(tmp_path)
    assert found is not None
    assert found.commit.step == 5
    assert sum(name.endswith(".distcp") for name in found.commit.files) == RANKS
