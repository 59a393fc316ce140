"""The process of the embedded store's server (server.py): started under the owner's folder, watched, stopped, and found
when left over.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from environments import own_module
from environments.child_server import end, processes_with
from environments.contract import UserError
from environments.knowledge_graph.settings import Settings

LIMIT_SOCKET_PATH = 100
"""A unix socket's path has to fit into 108 bytes."""
MODULE = "environments.knowledge_graph.engines.server"


class PrivateServer:
    """The server of one owner, on a socket in `folder`; after a restart the socket has another name."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._folder = folder
        self._settings = settings
        self._generation = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> str:
        """Where it listens."""
        return str(self._folder / f"s{self._generation}")

    @property
    def pid(self) -> int | None:
        """The parent process's id while it runs."""
        return self._process.pid if self._process is not None and self.running() else None

    def running(self) -> bool:
        """Whether the parent process lives; it replaces its workers itself."""
        return self._process is not None and self._process.poll() is None

    async def start(self, store: Path) -> None:
        """Serve `store`. Raises `UserError` where that cannot be."""
        await self.stop()
        self._generation += 1
        self._folder.mkdir(mode=0o700, exist_ok=True)
        if len(self.socket) > LIMIT_SOCKET_PATH:
            raise UserError(
                f"the path of the socket '{self.socket}' is too long for unix; set AGENTTUNING_STATE to a shorter"
                " folder"
            )
        # Not in a thread: the kernel sends the parent-death signal when the *thread* that forked ends.
        self._process = self._spawn(store)
        await self._wait_until_it_listens()

    def _spawn(self, store: Path) -> subprocess.Popen[bytes]:
        settings = self._settings
        limits = (str(settings.workers), str(settings.worker_memory_mb))
        command = own_module.command(MODULE, str(store), self.socket, *limits)
        setpriv = shutil.which("setpriv")  # it execs the server, so that no Python runs between fork and exec
        if setpriv is not None:
            command = [setpriv, "--pdeathsig", "KILL", *command]
        with (self._folder / "log").open("wb") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                env=own_module.environment(),
                start_new_session=True,
            )

    async def _wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + self._settings.start_timeout_s
        while not Path(self.socket).exists():
            if not self.running():
                lines = (self._folder / "log").read_text(errors="replace").strip().splitlines()
                raise UserError(
                    f"the embedded store's server does not start: {(lines or ['it said nothing'])[-1][:300]}"
                )
            if time.monotonic() > deadline:
                raise UserError(
                    "the embedded store's server does not listen after"
                    f" start_timeout_s={self._settings.start_timeout_s:g}; give it more"
                )
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """Kill it with its workers, which die with it."""
        process, self._process = self._process, None
        if process is None:
            return
        await end(process, "the embedded store's server")


def _servers_under(folder: Path) -> Iterator[int]:
    """Processes whose command line names a socket in `folder`: the server and its workers."""
    return processes_with(f"{folder}/s", MODULE)


def remove_leftover(folder: Path) -> int:
    """Kill the servers that a dead owner left under `folder`, remove the folder, and say how many things that were."""
    pids = list(_servers_under(folder))
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    found = len(pids) + int(folder.exists())
    shutil.rmtree(folder, ignore_errors=True)
    return found
