"""Whether an environment leaves anything behind when the process that hosts it is killed, as a check for tests.

from environments.kill_check import check_kill

def test_nothing_is_left_after_a_kill() -> None:
    check_kill("my_package.my_environment", generate=1)
"""

from __future__ import annotations

import asyncio
import json
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from environments import own_module
from environments.child_server import kill_marked, processes_marked
from environments.conformance import tasks_of
from environments.contract import Task
from environments.ownership import dead_owners, forget_the_dead
from environments.registry import registered

MARK = "AGENTTUNING_KILL_CHECK"
READY = "the session is open"
LIMIT_READY_S = 300
LIMIT_GONE_S = 15


def check_kill(name: str, *, generate: int = 1, file: str = "", settings: Mapping[str, Any] | None = None) -> None:
    """A process that hosts `name`, with a session of its first task open, is killed with SIGKILL.

    A sweep leaves it alone while it lives. After its death one sweep removes what it left: no process that it started
    lives on, no folder of a dead owner stays, and a second sweep finds nothing. Raises `AssertionError`.
    """
    home = registered(name)
    task = tasks_of(home, generate, file, "train")[0]
    environment = home.environment(home.settings_type.model_validate(dict(settings or {})))
    asyncio.run(environment.sweep())
    forget_the_dead()
    others = set(dead_owners())
    mark = f"{MARK}={secrets.token_hex(8)}"
    with _hosting(name, task, settings or {}, mark) as host:
        assert not asyncio.run(environment.sweep()), f"{name}: a sweep takes what a living owner has"
        host.kill()
        host.wait()
        asyncio.run(environment.sweep())
        deadline = time.monotonic() + LIMIT_GONE_S  # for what the kernel ends by itself
        while (left := list(processes_marked(mark))) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not left, f"{name}: processes outlive their killed owner and a sweep: {[_words(pid) for pid in left]}"
        forget_the_dead()
        kept = set(dead_owners()) - others
        assert not kept, f"{name}: a sweep leaves {sorted(path.name for path in kept)}"
        again = asyncio.run(environment.sweep())
        assert not again, f"{name}: a second sweep finds {again} things more"


@contextmanager
def _hosting(name: str, task: Task, settings: Mapping[str, Any], mark: str) -> Iterator[subprocess.Popen[bytes]]:
    """The process, with its session open; whatever happens, nothing of it is left."""
    variable, _, value = mark.partition("=")
    host = subprocess.Popen(
        own_module.command("environments.kill_check", name, json.dumps(dict(settings))),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**own_module.environment(), variable: value},
    )
    late = threading.Timer(LIMIT_READY_S, host.kill)
    late.start()
    try:
        assert host.stdin is not None
        assert host.stdout is not None
        with host.stdout, host.stdin:
            host.stdin.write(msgspec.json.encode(task))
            host.stdin.close()
            said = b""
            while (line := host.stdout.readline()).strip() != READY.encode():
                assert line, f"{name}: its host ends before the session is open: {said.decode(errors='replace')}"
                said = line.strip() or said
            late.cancel()
            yield host
    finally:
        late.cancel()
        host.kill()
        host.wait()
        kill_marked(mark)


def _words(pid: int) -> str:
    with suppress(OSError):  # it has ended since
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")[:200]
    return str(pid)


async def host(name: str, settings: str) -> None:
    """Open a session of the task on stdin, and wait to be killed."""
    home = registered(name)
    environment = home.environment(home.settings_type.model_validate_json(settings))
    played = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    await environment.start()
    await environment.connect(await environment.lease(played, "killed"), played)
    print(READY, flush=True)
    await asyncio.sleep(3600)


if __name__ == "__main__":
    asyncio.run(host(*sys.argv[1:]))
