"""Ctrl-C and SIGTERM without Ray: at once while no step has begun, then after the step, at once when asked again."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.files.file_lock import file_lock
from tests.train.tiny_run import write_inputs
from train.run import interruption, loop, run_folder
from train.run.interruption import Interruption
from train.run.surroundings import ControlRequest


@pytest.fixture(autouse=True)
def own_handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def listening() -> Interruption:
    made = Interruption()
    made.listen()
    return made


def interrupt_main(before: object) -> None:
    """SIGINT for this process, soon after it has begun to listen."""
    while signal.getsignal(signal.SIGINT) is before:
        time.sleep(0.01)
    time.sleep(0.3)
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.timeout(30)
def test_a_run_that_waits_for_its_folder_is_interrupted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_inputs(tmp_path)
    capsys.readouterr()
    (tmp_path / "config.json").write_text(json.dumps(config))
    sender = threading.Thread(target=interrupt_main, args=(signal.getsignal(signal.SIGINT),))
    with file_lock(Path(config["out"]) / run_folder.LOCK, "trains", "out", 1, print):
        sender.start()
        assert loop.main([str(tmp_path / "config.json")]) == 130
    sender.join()
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith("train: interrupted; ")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_before_the_first_step_nothing_is_waited_for(listening: Interruption, number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)


def test_a_begun_step_is_finished_unless_asked_again(listening: Interruption, monkeypatch: pytest.MonkeyPatch) -> None:
    assert listening.requested() is ControlRequest.NOTHING
    signal.raise_signal(signal.SIGTERM)
    assert listening.requested() is ControlRequest.STOP
    signal.raise_signal(signal.SIGTERM)  # from the launcher, which got the same
    assert listening.requested() is ControlRequest.STOP
    monkeypatch.setattr(interruption, "ECHO_S", 0.0)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
