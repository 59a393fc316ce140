"""An engine's processes do not outlive their host."""

import os
import signal
import subprocess
import sys
import time

import psutil

from actors.llms.engine_guard import EngineGuard

# A host whose child is a fork that holds copies of all its pipes, as vLLM's engine core does outside of Ray.
HOST = """
import os, signal, sys, time
from actors.llms.engine_guard import EngineGuard
bystander = os.fork()
if bystander == 0:
    time.sleep(600)
guard = EngineGuard()
child = os.fork()
if child == 0:
    time.sleep(600)
guard.look()
if "release" in sys.argv:
    guard.release()
print(bystander, child, flush=True)
time.sleep(600)
"""


def killed_host(*arguments: str) -> list[int]:
    with subprocess.Popen([sys.executable, "-c", HOST, *arguments], stdout=subprocess.PIPE, text=True) as host:
        assert host.stdout is not None
        pids = [int(word) for word in host.stdout.readline().split()]
        host.send_signal(signal.SIGKILL)
    return pids


def gone(pid: int, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_a_killed_host_takes_its_engine_along_and_nothing_else() -> None:
    bystander, child = killed_host()
    try:
        assert gone(child, within_s=10)
        assert not gone(bystander, within_s=0.3)
    finally:
        os.kill(bystander, signal.SIGKILL)


def test_a_released_guard_ends_nothing() -> None:
    bystander, child = killed_host("release")
    try:
        assert not gone(child, within_s=2)
    finally:
        for pid in (bystander, child):
            os.kill(pid, signal.SIGKILL)


def sleeper(*words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", *words])


def test_an_abandoned_start_ends_the_engine_and_not_the_look_at_its_model() -> None:
    """vLLM remembers a look that was killed: no engine of that model would start in this process again."""
    guard = EngineGuard()
    look, engine = sleeper("-m", "vllm.model_executor.models.registry"), sleeper()
    try:
        guard.look()
        guard.end_children()
        assert engine.wait(timeout=10) == -signal.SIGKILL
        assert look.poll() is None
    finally:
        look.kill()
        look.wait()
        guard.release()
