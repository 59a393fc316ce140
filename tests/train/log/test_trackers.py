"""Trackers beside the log: missing ones are noticed first, failing ones cost nothing, two runs are never one."""

from __future__ import annotations

import importlib.util
import json
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.program.user_error import UserError
from train.log import trackers
from train.log.run_log import RunLog
from train.log.trackers import Sender

# Stand-ins for the packages: they write down what they are asked for, and fail where a file beside them says so.
WANDB = """
import json, pathlib
HERE = pathlib.Path(__file__).parent
def told(**words):
    with open(HERE / "told", "a") as file:
        file.write(json.dumps(words) + "\\n")
class Run:
    def log(self, numbers, step):
        if (HERE / "fails").exists():
            raise ConnectionError("the service\\nis away")
        told(step=step, **numbers)
    def finish(self):
        told(finished=True)
def init(**words):
    told(id=words["id"], resume=words["resume"], name=words["name"])
    if (HERE / "refuses").exists():
        raise SystemExit("no key")
    return Run()
"""
MLFLOW = """
import json, pathlib, types, uuid
HERE = pathlib.Path(__file__).parent
def told(**words):
    with open(HERE / "told", "a") as file:
        file.write(json.dumps(words) + "\\n")
def set_experiment(name):
    return types.SimpleNamespace(experiment_id=name)
class MlflowClient:
    def create_run(self, experiment_id, run_name):
        return types.SimpleNamespace(info=types.SimpleNamespace(run_id=uuid.uuid4().hex))
def start_run(run_id):
    told(id=run_id)
def log_dict(content, name): pass
def log_metrics(numbers, step):
    told(step=step, **numbers)
def end_run():
    told(finished=True)
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    packages = tmp_path / "packages"
    for name, source in (("wandb", WANDB), ("mlflow", MLFLOW)):
        (packages / name).mkdir(parents=True)
        (packages / name / "__init__.py").write_text(source)
    monkeypatch.syspath_prepend(str(packages))
    yield packages
    for name in ("wandb", "mlflow"):
        sys.modules.pop(name, None)


def run(name: str, out: Path, steps: int = 2) -> list[str]:
    """A run's log of so many steps; what was said."""
    out.mkdir(parents=True, exist_ok=True)
    said: list[str] = []
    log = RunLog(out, trackers.start([name], out, "project", {"seed": 1}, said.append))
    for step in range(1, steps + 1):
        log.write("train", step, {"loss": 1 / step})
    log.close()
    return said


def told(packages: Path, name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (packages / name / "told").read_text().splitlines()]


@pytest.mark.parametrize("name", ["wandb", "mlflow"])
def test_a_run_that_goes_on_keeps_its_id_and_no_other_run_has_it(name: str, installed: Path, tmp_path: Path) -> None:
    out, namesake = tmp_path / "a" / "out", tmp_path / "b" / "out"
    for place in (out, out, namesake):
        assert run(name, place) == []
    copy = tmp_path / "c" / "out"
    copy.mkdir(parents=True)
    (copy / "trackers").mkdir()
    (copy / "trackers" / f"{name}.json").write_bytes((out / "trackers" / f"{name}.json").read_bytes())
    run(name, copy)
    first, again, other, copied = (line["id"] for line in told(installed, name) if "id" in line)
    assert first == again
    assert len({first, other, copied}) == 3
    assert [line["step"] for line in told(installed, name) if "step" in line] == [1, 2] * 4


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"\xff", b'{"id": 3}'])
def test_a_damaged_note_of_the_id_begins_another_run(damage: bytes, installed: Path, tmp_path: Path) -> None:
    (tmp_path / "out" / "trackers").mkdir(parents=True)
    (tmp_path / "out" / "trackers" / "wandb.json").write_bytes(damage)
    assert run("wandb", tmp_path / "out") == []


@pytest.mark.parametrize("trouble", ["fails", "refuses"])
def test_a_tracker_that_fails_is_said_once_and_the_log_is_whole(trouble: str, installed: Path, tmp_path: Path) -> None:
    (installed / "wandb" / trouble).touch()
    (line,) = run("wandb", tmp_path / "out", steps=5)
    assert line.startswith("tracker 'wandb' failed (")
    assert "\n" not in line
    assert len((tmp_path / "out" / "metrics.jsonl").read_text().splitlines()) == 5


class Stuck:
    """A service that never answers."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.free = threading.Event()

    def log(self, step: int, numbers: object) -> None:
        self.asked.set()
        self.free.wait(30)

    def close(self) -> None:
        pass


def test_a_tracker_that_hangs_holds_nothing_up() -> None:
    stuck, said = Stuck(), list[str]()
    sender = Sender("wandb", lambda: stuck, said.append, close_s=0.1)
    began = time.monotonic()
    for step in range(20_000):
        sender.log(step, {})
    assert stuck.asked.wait(10)
    sender.close()
    assert time.monotonic() - began < 10
    assert len(said) == 1
    assert "behind" in said[0]
    stuck.free.set()


@pytest.mark.parametrize("name", ["tensorboard", "wandb", "mlflow"])
def test_a_tracker_that_is_not_installed_is_one_line_and_a_folder_of_its_name_is_not_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if importlib.util.find_spec(name):
        pytest.skip(f"{name} is installed")
    (tmp_path / name).mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(UserError, match=f"names '{name}', which is not installed: pip install {name}"):
        trackers.refuse_missing([name])


def test_tensorboard_has_what_was_logged(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    assert run("tensorboard", tmp_path) == []
    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert [(event.step, event.value) for event in events.Scalars("train/loss")] == [(1, 1.0), (2, 0.5)]
