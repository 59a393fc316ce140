from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from serve.pipeline import process

ROOT = Path(__file__).parents[3]
COUNTS_SIGNALS = """
import pathlib, signal, sys, time
place, limit = pathlib.Path(sys.argv[1]), int(sys.argv[2])
def note(number, _):
    with place.open("a") as file:
        file.write(f"{number}\\n")
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, note)
place.touch()
deadline = time.monotonic() + 30
while time.monotonic() < deadline and len(place.read_text().split()) < limit:
    time.sleep(0.02)
time.sleep(0.3)
sys.exit(7)
"""
RUNS = """
import sys
from serve.pipeline import process
ended = process.run(
    sys.argv[1:], lambda number, started: print(number, flush=True), lambda line: print(line, flush=True)
)
print("ended", ended.code, ended.stopped, flush=True)
"""


def runner(place: Path, signals: int) -> subprocess.Popen[str]:
    """A process that runs a stage which ends 0.3 s after its `signals`-th signal; returns once the stage is ready."""
    words = [sys.executable, "-c", RUNS, sys.executable, "-c", COUNTS_SIGNALS, str(place), str(signals)]
    started = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT, process_group=0)
    deadline = time.monotonic() + 30
    while not place.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return started


def test_a_command_s_exit_code_and_id_are_told():
    told: list[tuple[int, float]] = []
    ended = process.run([sys.executable, "-c", "raise SystemExit(3)"], lambda *of: told.append(of), print)
    assert ended == (3, False)
    assert told[0][0] > 0


def test_ctrl_c_in_the_terminal_reaches_the_stage_once_and_its_end_is_waited_for(tmp_path: Path):
    started = runner(tmp_path / "signals", 1)
    os.killpg(started.pid, signal.SIGINT)  # what a terminal does: everyone in the foreground group
    said, _ = started.communicate(timeout=30)
    assert (tmp_path / "signals").read_text().split() == [str(int(signal.SIGINT))]
    assert said.splitlines()[-1] == "ended 7 True"


def test_every_further_signal_is_passed_on(tmp_path: Path):
    started = runner(tmp_path / "signals", 2)
    started.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    started.send_signal(signal.SIGINT)
    said, _ = started.communicate(timeout=30)
    assert (tmp_path / "signals").read_text().split() == [str(int(signal.SIGTERM)), str(int(signal.SIGINT))]
    assert said.splitlines()[-1] == "ended 7 True"


def test_a_stage_is_told_to_stop_when_the_pipeline_is_killed_and_the_next_one_waits_for_it(tmp_path: Path):
    started = runner(tmp_path / "signals", 1)
    assert started.stdout is not None
    stage = psutil.Process(int(started.stdout.readline()))
    began = stage.create_time()
    started.kill()
    started.wait(timeout=30)
    said: list[str] = []
    assert process.wait_for_left(stage.pid, began, said.append, limit_s=30)
    assert not stage.is_running() or stage.status() == psutil.STATUS_ZOMBIE
    assert (tmp_path / "signals").read_text().split() == [str(int(signal.SIGTERM))]


def test_a_process_of_the_same_number_that_is_another_one_is_not_waited_for():
    assert process.wait_for_left(os.getpid(), 1.0, print, limit_s=0.0)
    assert process.wait_for_left(0, 0.0, print, limit_s=0.0)
    assert not process.wait_for_left(os.getpid(), process.started_at(os.getpid()), lambda _: None, limit_s=0.0)
